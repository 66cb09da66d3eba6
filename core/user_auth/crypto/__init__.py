"""Passwords, tokens, keys and codes: pure functions, whose keys, costs and times are arguments."""

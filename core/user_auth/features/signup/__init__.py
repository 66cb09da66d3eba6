"""Signing up: an address, a password, and the code that proves the address."""

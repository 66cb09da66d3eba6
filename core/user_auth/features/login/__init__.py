"""Logging in with address and password."""

"""The address of an account, changed."""

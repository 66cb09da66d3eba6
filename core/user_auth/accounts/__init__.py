"""Accounts and their passwords."""

from user_auth.accounts.documents import User
from user_auth.accounts.users import create, find, get, pseudonym, replace_hash

__all__ = ["User", "create", "find", "get", "pseudonym", "replace_hash"]

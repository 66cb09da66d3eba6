"""Allowances of tries, by client address and by account: exact under concurrency, shared by all processes."""

from user_auth.limits.rules import CODES, LOGIN, MAILS, PASSWORD, SIGNUP, VERIFY, Rule
from user_auth.limits.spending import Spent, forgive, spend_account, spend_client

__all__ = [
    "CODES",
    "LOGIN",
    "MAILS",
    "PASSWORD",
    "SIGNUP",
    "VERIFY",
    "Rule",
    "Spent",
    "forgive",
    "spend_account",
    "spend_client",
]

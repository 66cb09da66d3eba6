"""One-time codes by mail and the challenges that they complete."""

from user_auth.codes.challenges import Opened, find, find_only, forget, resend, start, used_before
from user_auth.codes.documents import Challenge
from user_auth.codes.guesses import use
from user_auth.codes.handover import challenge_of, issue
from user_auth.codes.purposes import Purpose

__all__ = [
    "Challenge",
    "Opened",
    "Purpose",
    "challenge_of",
    "find",
    "find_only",
    "forget",
    "issue",
    "resend",
    "start",
    "use",
    "used_before",
]

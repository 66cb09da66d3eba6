"""One-time codes by mail and the challenges that they complete."""

from user_auth.codes.challenges import Opened, find, find_only, forget, is_of, nobodys, resend, start, used_before
from user_auth.codes.concerning import concerning, erase
from user_auth.codes.documents import Challenge
from user_auth.codes.guesses import use, use_for
from user_auth.codes.handover import challenge_of, issue
from user_auth.codes.purposes import Purpose

__all__ = [
    "Challenge",
    "Opened",
    "Purpose",
    "challenge_of",
    "concerning",
    "erase",
    "find",
    "find_only",
    "forget",
    "is_of",
    "issue",
    "nobodys",
    "resend",
    "start",
    "use",
    "use_for",
    "used_before",
]

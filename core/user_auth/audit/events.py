"""The events that are recorded, by the names of the OWASP logging vocabulary where it has one."""

from enum import StrEnum
from typing import Self


class Event(StrEnum):
    """What can happen that somebody may have to look up later. ``docs/events.md`` lists the same.

    Attributes:
        meaning: One line for the person who reads the audit.
        is_stored: Whether it becomes a record. Strangers can cause the others at any rate, so that a database write
            for each would turn a flood of requests into a flood of writes: they are only logged.
    """

    meaning: str
    is_stored: bool

    def __new__(cls, value: str, meaning: str, is_stored: bool = True) -> Self:  # noqa: FBT001, FBT002 - rows of a table
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.is_stored = is_stored
        return member

    SIGNUP_REQUESTED = "user_signup_requested", "Somebody asked for an account; nothing is proven yet."
    CODE_RESENT = "authn_code_resent", "Another mail with a code was asked for; the code before it stopped working."
    USER_CREATED = "user_created", "A sign-up was verified with its code: the account exists."
    CODE_FAILED = "authn_code_fail", "A one-time code was wrong, expired, used or dead."
    LOGIN_SUCCEEDED = "authn_login_success", "Somebody signed in; their session began."
    LOGIN_FAILED = "authn_login_fail", "A sign-in was refused: unknown address, wrong password or disabled account."
    LOGGED_OUT = "authn_logout", "Somebody ended their own session."
    SESSION_ENDED = "session_ended", "A session was ended otherwise; the details say why."
    SESSION_REPLACED = "session_replaced", "A session ended because its browser signed in again."
    SESSION_EVICTED = "session_evicted", "The oldest session ended because its user had too many."
    TOKEN_REUSED = "authn_token_reuse", "A genuine token of an ended session was presented.", False
    TOKEN_INVALID = "authn_token_invalid", "A token was presented that this service did not make.", False
    RATE_LIMITED = "excess_rate_limit_exceeded", "A try was refused because its allowance is used up.", False
    MAIL_DEAD = "mail_dead", "A mail was given up: refused for good, or not accepted in time."
    INDEX_WRONG = "sys_index_wrong", "An index of the database is not as it should be and could not be mended."

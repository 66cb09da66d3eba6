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

    @classmethod
    def named(cls, name: str) -> Self | None:
        return next((event for event in cls if event.value == name), None)

    SIGNUP_REQUESTED = "user_signup_requested", "Somebody asked for an account; nothing is proven yet."
    CODE_RESENT = "authn_code_resent", "Another mail with a code was asked for; the code before it stopped working."
    USER_CREATED = "user_created", "An account was made: a sign-up was verified with its code, or an operator made it."
    CODE_FAILED = "authn_code_fail", "A one-time code was wrong, expired, used or dead."
    LOGIN_SUCCEEDED = "authn_login_success", "Somebody signed in; their session began."
    LOGIN_FAILED = "authn_login_fail", "A sign-in was refused: unknown address, wrong password or disabled account."
    PASSWORD_NOT_CONFIRMED = "authn_password_confirm_fail", "The password asked for again inside a session was wrong."
    RESET_REQUESTED = (
        "authn_password_reset_requested",
        "Somebody asked for a code to reset a password; nothing is proven.",
    )
    PASSWORD_RESET = "authn_password_reset", "A password was reset with a code; every session of the user ended."
    PASSWORD_CHANGED = "authn_password_change", "A user changed their password; their other sessions ended."
    EMAIL_CHANGE_REQUESTED = "user_email_change_requested", "A user asked for a code to change their address."
    EMAIL_CHANGED = "user_email_change", "A user changed their address with a code; their other sessions ended."
    LOGGED_OUT = "authn_logout", "Somebody ended their own session."
    SESSION_ENDED = "session_ended", "A session was ended otherwise; the details say why."
    SESSION_REPLACED = "session_replaced", "A session ended because its browser signed in again."
    SESSION_EVICTED = "session_evicted", "The oldest session ended because its user had too many."
    SESSION_RENEWED = "session_renewed", "Somebody proved once more who they are; their session got a new secret."
    USER_UPDATED = "user_updated", "A user changed their name."
    DATA_EXPORTED = "sensitive_read", "A user took out what is held about them."
    USER_DELETED = (
        "user_deleted",
        "A user deleted their account; from now on nothing leads from the pseudonym to anybody.",
    )
    USER_DISABLED = "user_disabled", "An operator shut a user out and ended their sessions."
    USER_ENABLED = "user_enabled", "An operator let a disabled user sign in again."
    ROLES_CHANGED = (
        "authz_change",
        "An operator changed a user's roles; the details say which were granted and revoked.",
    )
    SESSIONS_REVOKED = "authn_token_revoked", "An operator ended all sessions of a user."
    USERS_IMPORTED = "users_imported", "An operator brought users in from a file; the details count them."
    USERS_EXPORTED = "users_exported", "An operator took all users out, with their password hashes."
    ACCESS_REFUSED = "authz_fail", "Somebody signed in tried what needs a role that they do not have.", False
    TOKEN_REUSED = "authn_token_reuse", "A genuine token of an ended session was presented.", False
    TOKEN_INVALID = "authn_token_invalid", "A token was presented that this service did not make.", False
    RATE_LIMITED = "excess_rate_limit_exceeded", "A try was refused because its allowance is used up.", False
    MAIL_DEAD = "mail_dead", "A mail was given up: refused for good, or not accepted in time."
    INDEX_WRONG = "sys_index_wrong", "An index of the database is not as it should be and could not be mended."

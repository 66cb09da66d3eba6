"""Why sessions end."""

from enum import StrEnum


class Reason(StrEnum):
    """The public reason of an ended session; part of the contract."""

    LOGOUT = "logout"
    REPLACED = "replaced"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_DELETED = "account_deleted"
    IDLE = "idle"
    EVICTED = "evicted"

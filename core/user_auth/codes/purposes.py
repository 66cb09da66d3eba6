"""What codes are for."""

from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What a challenge completes; a code works for its own purpose only."""

    SIGNUP = "signup"
    RESET = "reset"
    EMAIL = "email"

    @property
    def life(self) -> timedelta:
        """How long a challenge lives; its codes live minutes."""
        return timedelta(hours=24 if self is Purpose.SIGNUP else 1)

    @property
    def mail_kind(self) -> str:
        """The kind of the mail that carries its code."""
        return f"{self}_code"

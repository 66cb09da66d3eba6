"""The contract's objects, made from whatever has their values."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol


class UserValues(Protocol):
    """What is shown of a user."""

    @property
    def id(self) -> object: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email_verified(self) -> bool: ...
    @property
    def roles(self) -> Iterable[str]: ...
    @property
    def second_factors(self) -> Iterable[str]: ...
    @property
    def created_at(self) -> datetime: ...


class SessionValues(Protocol):
    """What is shown of a session; ``handle`` is its public name."""

    @property
    def handle(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def ip(self) -> str: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def methods(self) -> Iterable[str]: ...


def user(values: UserValues) -> dict[str, Any]:
    return {
        "id": str(values.id),
        "email": values.email,
        "name": values.name,
        "email_verified": values.email_verified,
        "roles": list(values.roles),
        "second_factors": list(values.second_factors),
        "created_at": time(values.created_at),
    }


def session(values: SessionValues, *, is_current: bool) -> dict[str, Any]:
    return {
        "id": values.handle,
        "created_at": time(values.created_at),
        "expires_at": time(values.expires_at),
        "last_seen_at": time(values.last_seen_at),
        "ip": values.ip,
        "user_agent": values.user_agent,
        "is_current": is_current,
        "methods": list(values.methods),
    }


def time(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC with milliseconds, as ``Date.toISOString`` in a browser does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

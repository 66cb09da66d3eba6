"""Sessions and their users as they were when they were read: what is shown of them, and no more."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self, TypeVar

Row = Mapping[str, Any]
T = TypeVar("T", bound=Hashable)


@lru_cache(maxsize=1000)
def _shared(value: T) -> T:
    """Return one object for all equal values: thousands of sessions in memory have the same few."""
    return value


@dataclass(frozen=True, slots=True)
class UserSnapshot:
    """A user; the attributes are those of ``accounts.User``."""

    id: str
    email: str
    name: str
    email_verified: bool
    roles: tuple[str, ...]
    second_factors: tuple[str, ...]
    created_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            id=str(row["_id"]),
            email=row["email"],
            name=row.get("name", ""),
            email_verified=row.get("email_verified", True),
            roles=tuple(row.get("roles", ())),
            second_factors=(),
            created_at=row["created_at"],
        )


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session; the attributes are those of ``sessions.Session``."""

    handle: str
    created_at: datetime
    authenticated_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    ip: str
    user_agent: str
    methods: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            handle=row["handle"],
            created_at=row["created_at"],
            authenticated_at=row["authenticated_at"],
            expires_at=row["expires_at"],
            last_seen_at=row["last_seen_at"],
            ip=row.get("ip", ""),
            user_agent=_shared(row.get("user_agent", "")),
            methods=_shared(tuple(row.get("methods", ()))),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A good session and its user."""

    user: UserSnapshot
    session: SessionSnapshot

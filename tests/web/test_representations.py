"""The contract's objects, byte for byte."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import pytest

from user_auth.web import representations
from user_auth.web.answers import SessionObject, UserObject

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)


@dataclass
class Values:
    id: int = 5
    handle: str = "public"
    email: str = "Ann@example.com"
    name: str = ""
    email_verified: bool = True
    roles: list[str] = field(default_factory=lambda: ["admin"])
    second_factors: tuple[str, ...] = ()
    created_at: datetime = MOMENT
    expires_at: datetime = MOMENT
    last_seen_at: datetime = MOMENT
    ip: str = "::1"
    user_agent: str = ""
    methods: tuple[str, ...] = ("pwd",)


def test_times_are_rfc_3339_in_utc() -> None:
    """With milliseconds, always, wherever the time was taken."""
    assert representations.time(MOMENT) == "2026-01-02T03:04:05.006Z"
    assert representations.time(MOMENT.replace(microsecond=0)) == "2026-01-02T03:04:05.000Z"
    assert representations.time(MOMENT.astimezone(timezone(timedelta(hours=5)))) == "2026-01-02T03:04:05.006Z"


@pytest.mark.asvs("8.2.3", "14.2.6", "15.3.1")
def test_a_user_has_the_members_of_the_contract() -> None:
    """And no others; the API's document names the same."""
    shown = representations.user(Values())
    assert shown == {
        "id": "5",
        "email": "Ann@example.com",
        "name": "",
        "email_verified": True,
        "roles": ["admin"],
        "second_factors": [],
        "created_at": "2026-01-02T03:04:05.006Z",
    }
    assert list(shown) == list(UserObject().fields)


@pytest.mark.asvs("15.3.1")
def test_a_session_is_known_by_its_public_name() -> None:
    """Never by what the database finds it with."""
    shown = representations.session(Values(), is_current=True)
    assert (shown["id"], shown["is_current"], shown["methods"]) == ("public", True, ["pwd"])
    assert list(shown) == list(SessionObject().fields)

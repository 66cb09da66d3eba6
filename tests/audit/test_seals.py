"""A record that was changed after it was written can be told from one that was not."""

from collections.abc import Callable

import pytest
from bson import ObjectId
from pytest_django import Settings

from user_auth import audit
from user_auth.audit import AuditEvent, Event
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.mongo import connection

CALLER = Caller(ip="192.0.2.7", user_agent="agent é", request_id="r-1")


@pytest.fixture
def written(mongo: None) -> Callable[[], AuditEvent]:
    """Record an event; return a function that reads it back."""
    audit.record(Event.LOGIN_SUCCEEDED, outcome="success", caller=CALLER, subject="a", details={"b": "c"})
    return lambda: next(iter(AuditEvent.objects()))


def _change(**fields: object) -> None:
    changed = connection.database()["audit"].update_one({}, {"$set": fields}).modified_count
    assert changed == 1


def test_what_was_written_is_genuine(written: Callable[[], AuditEvent]) -> None:
    """As read back from the database."""
    assert audit.is_genuine(written())


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "authn_login_fail"},
        {"outcome": "failure"},
        {"subject": "b"},
        {"subject": None},
        {"ip": "192.0.2.8"},
        {"user_agent": ""},
        {"request_id": "r-2"},
        {"details": {}},
        {"details": {"b": "d"}},
        {"run": "another"},
        {"sequence": 7_000_000},
        {"mac": "00"},
        {"mac": "é"},
    ],
    ids=repr,
)
def test_what_was_changed_is_not(written: Callable[[], AuditEvent], fields: dict[str, object]) -> None:
    """Whichever field it is."""
    _change(**fields)
    assert not audit.is_genuine(written())


@pytest.mark.parametrize("name", ["at", "expires_at"])
def test_another_time_is_not(written: Callable[[], AuditEvent], name: str) -> None:
    """Nor is a record that claims to be of another moment, or to be kept for longer."""
    _change(**{name: clock.now().replace(year=2001)})
    assert not audit.is_genuine(written())


def test_a_copy_is_not(written: Callable[[], AuditEvent]) -> None:
    """The id is sealed too."""
    event = written()
    event.id = ObjectId()
    assert not audit.is_genuine(event)


def test_a_field_of_a_newer_release_does_not_matter(written: Callable[[], AuditEvent]) -> None:
    """What this release does not know it does not judge."""
    _change(newer=1)
    assert audit.is_genuine(written())


def test_records_outlive_the_key_as_long_as_it_is_a_fallback(
    written: Callable[[], AuditEvent], settings: Settings
) -> None:
    """After a change of ``SECRET_KEY`` the old one goes on to prove the old records; without it nothing does."""
    old = settings.SECRET_KEY
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": [old]}
    assert audit.is_genuine(written())
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": []}
    assert not audit.is_genuine(written())

"""A record that was changed after it was written can be told from one that was not."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import Binary, Decimal128, ObjectId, Regex
from pytest_django import Settings

from user_auth import audit, conf
from user_auth.audit import Event, seals
from user_auth.crypto import digests
from user_auth.crypto.keys import Purpose
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.mongo import connection

Record = dict[str, Any]
CALLER = Caller(ip="192.0.2.7", user_agent="agent é", request_id="r-1")


@pytest.fixture
def written(mongo: None) -> Callable[[], Record]:
    """Record an event; return a function that reads it back."""
    audit.record(Event.LOGIN_SUCCEEDED, outcome="success", caller=CALLER, subject="a", details={"b": "c"})
    return lambda: connection.database()["audit"].find_one() or {}


def _change(**fields: object) -> None:
    changed = connection.database()["audit"].update_one({}, {"$set": fields}).modified_count
    assert changed == 1


def test_what_was_written_is_genuine(written: Callable[[], Record]) -> None:
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
def test_what_was_changed_is_not(written: Callable[[], Record], fields: dict[str, object]) -> None:
    """Whichever field it is."""
    _change(**fields)
    assert not audit.is_genuine(written())


@pytest.mark.parametrize("name", ["at", "expires_at"])
def test_another_time_is_not(written: Callable[[], Record], name: str) -> None:
    """Nor is a record that claims to be of another moment, or to be kept for longer."""
    _change(**{name: clock.now().replace(year=2001)})
    assert not audit.is_genuine(written())


def test_a_copy_is_not(written: Callable[[], Record]) -> None:
    """The id is sealed too."""
    assert not audit.is_genuine({**written(), "_id": ObjectId()})


def test_a_field_of_a_newer_release_is_sealed_too(written: Callable[[], Record]) -> None:
    """What that wrote proves genuine here, although this release does not know the field."""
    record = {**written(), "newer": "1"}
    record["mac"] = digests.keyed_digest(conf.key(Purpose.AUDIT), seals._canonical(record))
    assert audit.is_genuine(record)
    assert not audit.is_genuine({**record, "newer": "2"})


@pytest.mark.parametrize("value", [1, "x", [1], {"a": Binary(b"x")}, Regex("x"), Decimal128("1")], ids=repr)
def test_a_field_that_was_put_in_is_a_change(written: Callable[[], Record], value: object) -> None:
    """Whatever it holds."""
    _change(newer=value)
    assert not audit.is_genuine(written())


def test_records_outlive_the_key_as_long_as_it_is_a_fallback(written: Callable[[], Record], settings: Settings) -> None:
    """After a change of ``SECRET_KEY`` the old one goes on to prove the old records; without it nothing does."""
    old = settings.SECRET_KEY
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": [old]}
    assert audit.is_genuine(written())
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": []}
    assert not audit.is_genuine(written())

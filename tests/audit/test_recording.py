"""One event is one record and one line of the log."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import PyMongoError
from pytest_django import Settings

from user_auth import audit
from user_auth.audit import AuditEvent, Event
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.mongo import connection

CALLER = Caller(ip="192.0.2.7", user_agent="Mozilla/5.0 (X11)", request_id="r-1")


def _record(event: Event = Event.LOGIN_FAILED, *, caller: Caller | None = CALLER, **details: str) -> None:
    audit.record(event, outcome="failure", caller=caller, subject="5ca1ab1e", details=details)


def _only() -> AuditEvent:
    (event,) = AuditEvent.objects()
    return event


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The lines of the audit's log."""
    caplog.set_level(logging.INFO, logger="user_auth.audit")
    return lambda: [entry.getMessage() for entry in caplog.records if entry.name == "user_auth.audit"]


@pytest.mark.asvs("16.2.1")
def test_the_record_says_what_when_who_and_from_where(mongo: None) -> None:
    """All that was told is kept, for 400 days."""
    before = clock.now()
    _record(reason="wrong")
    event = _only()
    assert (event.event, event.outcome, event.subject) == ("authn_login_fail", "failure", "5ca1ab1e")
    assert (event.ip, event.user_agent, event.request_id) == ("192.0.2.7", "Mozilla/5.0 (X11)", "r-1")
    assert event.details == {"reason": "wrong"}
    assert before <= event.at <= clock.now()
    assert event.expires_at - event.at == timedelta(days=400)


@pytest.mark.asvs("16.2.1")
def test_the_line_says_the_same(mongo: None, lines: Any) -> None:
    """Pairs of key and value, with the record's own place."""
    _record(reason="wrong", session="ab cd")
    event = _only()
    expected = (
        'event=authn_login_fail outcome=failure subject=5ca1ab1e ip=192.0.2.7 user_agent="Mozilla/5.0 (X11)" '
        f'request_id=r-1 run={event.run} sequence={event.sequence} details.reason=wrong details.session="ab cd"'
    )
    assert lines() == [expected]


@pytest.mark.parametrize(("outcome", "level"), [("success", "INFO"), ("failure", "WARNING")])
def test_failures_stand_out_in_the_log(
    mongo: None, caplog: pytest.LogCaptureFixture, outcome: audit.Outcome, level: str
) -> None:
    """By the level of the line."""
    caplog.set_level(logging.INFO, logger="user_auth.audit")
    audit.record(Event.LOGIN_SUCCEEDED, outcome=outcome, caller=CALLER, subject=None)
    assert [entry.levelname for entry in caplog.records if entry.name == "user_auth.audit"] == [level]


def test_what_the_service_does_of_itself_has_no_caller(mongo: None) -> None:
    """Then the caller's fields are empty, and no subject is none."""
    audit.record(Event.MAIL_DEAD, outcome="failure", caller=None, subject=None)
    event = _only()
    assert (event.ip, event.user_agent, event.request_id, event.subject) == ("", "", "", None)


def test_an_event_costs_one_command(mongo: None) -> None:
    """One insert, nothing else."""
    # The server itself looks up a session that it meets for the first time.
    _record()
    before = _commands()
    _record()
    after = _commands()
    assert {name: after[name] - before[name] for name in after} == {"insert": 1, "find": 0, "update": 0, "aggregate": 0}


def _commands() -> dict[str, int]:
    counts = connection.database().command("serverStatus")["metrics"]["commands"]
    return {name: counts[name]["total"] for name in ("insert", "find", "update", "aggregate")}


@pytest.mark.asvs("16.4.1")
def test_text_cannot_break_out(mongo: None, lines: Any) -> None:
    """Line ends, quotes and pairs in what a stranger sent stay inside one value of one line."""
    hostile = 'a"\r\nevent=authn_login_success ip=1.1.1.1\u2028\u202e\x1b[31m\ud800' + "x" * 1000
    caller = Caller(ip="192.0.2.7", user_agent=hostile, request_id=hostile)
    audit.record(Event.LOGIN_FAILED, outcome="failure", caller=caller, subject=None, details={"a\nb=c": hostile})
    (line,) = lines()
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith('event=authn_login_fail outcome=failure ip=192.0.2.7 user_agent="a\\"??ev')
    assert 'details.a_b_c="a\\"??event=' in line
    event = _only()
    assert all(text.isprintable() and len(text) <= 300 for text in (event.user_agent, event.details["a_b_c"]))


@pytest.mark.asvs("16.2.5")
def test_addresses_are_masked(mongo: None, lines: Any) -> None:
    """In the record and in the line, wherever they come from."""
    _record(caller=Caller(ip="192.0.2.7", user_agent="bot (ada@example.com)", request_id="r"), to="ada@example.com")
    assert "ada" not in lines()[0]
    event = _only()
    assert (event.user_agent, event.details["to"]) == ("bot (a***@example.com)", "a***@example.com")


@pytest.fixture
def away(settings: Settings) -> Iterator[None]:
    """No database, found out soon."""
    connection.close()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": "mongodb://127.0.0.1:1/?timeoutMS=200"}
    yield
    connection.close()


def test_what_is_not_stored_is_still_logged(away: None, lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says that the record is missing, so that the gap in the numbers is explained; the caller hears of it."""
    monkeypatch.setattr(connection, "OPERATION_SECONDS", 0.2)
    with pytest.raises(PyMongoError):
        _record()
    assert len(lines()) == 1
    assert lines()[0].endswith(" stored=no")


@pytest.fixture
def minute() -> Iterator[list[datetime]]:
    """A clock that stands where the test puts it, in a minute that no other test is in."""
    time = [datetime.now(UTC).replace(second=0) + timedelta(days=next(_days))]  # noqa: TID251 - where the test begins
    clock.use(lambda: time[0])
    yield time
    clock.use(None)


_days = iter(range(1, 100))
STRANGERS = [event for event in Event if not event.is_stored]


@pytest.mark.parametrize("event", STRANGERS)
def test_what_strangers_can_cause_at_any_rate_is_not_stored(
    mongo: None, minute: list[datetime], lines: Any, event: Event
) -> None:
    """A flood of requests becomes neither a flood of writes nor one of lines: one a minute and client."""
    for _ in range(20):
        _record(event)
    assert AuditEvent.objects().count() == 0
    assert len(lines()) == 1
    _record(event, caller=Caller(ip="192.0.2.8", user_agent="", request_id=""))
    assert len(lines()) == 2
    minute[0] += timedelta(minutes=1)
    _record(event)
    assert len(lines()) == 3


def test_a_flood_from_everywhere_is_bounded_too(minute: list[datetime], lines: Any) -> None:
    """Of more than a thousand clients in a minute the others are passed over; the next minute begins anew."""
    for number in range(1100):
        _record(Event.RATE_LIMITED, caller=Caller(ip=f"2001:db8::{number:x}", user_agent="", request_id=""))
    assert len(lines()) == 1000
    minute[0] += timedelta(minutes=1)
    _record(Event.RATE_LIMITED)
    assert len(lines()) == 1001


def test_a_pseudonym_leads_nowhere_without_its_salt() -> None:
    """One user has one; another salt or user has another; the id is not in it."""
    one = audit.pseudonym("salt", "64b000000000000000000001")
    assert one == audit.pseudonym(b"salt", "64b000000000000000000001")
    assert one != audit.pseudonym("other", "64b000000000000000000001")
    assert one != audit.pseudonym("salt", "64b000000000000000000002")
    assert len(one) == 64
    assert "64b0000" not in one

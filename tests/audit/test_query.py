"""Looking through the audit: newest first, by user and event, along an index."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from user_auth import audit
from user_auth.audit import AuditEvent, Event
from user_auth.foundation import clock
from user_auth.mongo import connection

pytestmark = pytest.mark.usefixtures("mongo")


def write(event: Event = Event.LOGGED_OUT, *, subject: str | None = "ada") -> None:
    audit.record(event, outcome="success", caller=None, subject=subject)


def numbers(**query: Any) -> list[int]:
    """Return what was found by its places in the order of writing, from 0."""
    first = AuditEvent.objects().order_by("sequence").first()
    return [record.sequence - first.sequence for record in audit.find(most=100, **query)] if first else []


def test_the_newest_come_first() -> None:
    """All of them, unless something is asked for."""
    for subject in ("ada", None, "bob"):
        write(subject=subject)
    assert numbers() == [2, 1, 0]
    assert len(audit.find(most=2)) == 2


def test_user_and_event_narrow_it_down() -> None:
    """Alone and together; of nobody known there is nothing."""
    write(subject="ada")
    write(Event.LOGIN_FAILED, subject="ada")
    write(Event.LOGIN_FAILED, subject="bob")
    assert numbers(subject="ada") == [1, 0]
    assert numbers(event=Event.LOGIN_FAILED) == [2, 1]
    assert numbers(subject="ada", event=Event.LOGIN_FAILED) == [1]
    assert numbers(subject="eve") == []


def test_pages_join_without_gap_or_repetition_though_times_are_equal() -> None:
    """Whatever is written meanwhile, and however many there are of one millisecond."""
    clock.use(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    try:
        for _ in range(7):
            write()
        expected = [record.id for record in audit.find(most=100)]
        seen: list[Any] = []
        place = None
        for _ in count():
            page = audit.find(before=place, most=2)
            if not page:
                break
            seen += [record.id for record in page]
            place = page[-1].at, page[-1].id
            write()
    finally:
        clock.use(None)
    assert [each for each in seen if each in expected] == expected
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "query",
    [{}, {"subject": "ada"}, {"event": Event.MAIL_DEAD}, {"subject": "ada", "event": Event.LOGGED_OUT}],
    ids=["all", "user", "event", "both"],
)
def test_what_is_not_shown_is_not_read(query: dict[str, Any], is_first: bool) -> None:
    """Of thousands, a page reads little more than itself, and sorts nothing."""
    fill(5000)
    middle = audit.find(most=30, **query)[-1]
    examined = examined_by(lambda: audit.find(most=10, before=None if is_first else (middle.at, middle.id), **query))
    assert examined["nreturned"] == 10
    assert not examined.get("hasSortStage", False), examined["planSummary"]
    assert examined["docsExamined"] <= 40, examined["planSummary"]


def fill(count: int) -> None:
    """Store records of many users, of whom a few are asked for."""
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "at": now - timedelta(seconds=number),
            "expires_at": now + timedelta(days=1),
            "event": Event.MAIL_DEAD if number % 50 == 0 else Event.LOGGED_OUT,
            "outcome": "success",
            "subject": "ada" if number % 50 == 1 else f"user {number}",
            "details": {},
            "run": "run",
            "sequence": number,
            "mac": "",
        }
        for number in range(1, count + 1)
    ]
    connection.database()["audit"].insert_many(rows)


def examined_by(query: Callable[[], object]) -> dict[str, Any]:
    """Return what the server's profiler says of the query that the function sends."""
    database = connection.database()
    database.command("profile", 2)
    try:
        query()
    finally:
        database.command("profile", 0)
    told = database["system.profile"].find_one({"ns": f"{database.name}.audit", "op": "query"})
    database.drop_collection("system.profile")
    assert told
    return told

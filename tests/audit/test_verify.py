"""What was changed or taken out of the audit is found; what has expired is no fault."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth import audit
from user_auth.audit import Event, Fault, Finding, Tally, recording, runs
from user_auth.foundation import clock as app_clock
from user_auth.mongo import connection

pytestmark = pytest.mark.usefixtures("mongo")

DAY = 86400.0


@pytest.fixture(autouse=True)
def _run_of_its_own() -> None:
    """Each test's records begin a run, as those of a process that has just started."""
    runs._runs.begin_anew()


def write(count: int) -> None:
    for _ in range(count):
        audit.record(Event.LOGGED_OUT, outcome="success", caller=None, subject="s")


def records() -> Any:
    return connection.database()["audit"]


def remove(*numbers: int) -> None:
    assert records().delete_many({"sequence": {"$in": list(numbers)}}).deleted_count == len(numbers)


def verify() -> tuple[list[Finding], Tally]:
    found: list[Finding] = []
    tally = audit.verify(report=found.append)
    return found, tally


def missing() -> list[tuple[int, int]]:
    found, tally = verify()
    assert tally.missing == sum(finding.count for finding in found)
    return [(finding.first, finding.last) for finding in found if finding.fault is Fault.MISSING]


def settle(clock: MovableClock) -> None:
    """Let so much time pass that nothing can be on its way any more."""
    clock.tick(seconds=audit.verification.LEEWAY.total_seconds() + 1)


def test_an_empty_audit_is_good() -> None:
    """There is nothing that could be wrong."""
    assert verify() == ([], Tally())


@pytest.mark.asvs("16.4.2")
def test_what_is_as_it_was_written_is_good(clock: MovableClock) -> None:
    """Every record of every run is looked at."""
    write(3)
    runs._runs.begin_anew()
    write(2)
    settle(clock)
    assert verify() == ([], Tally(records=5, runs=2))


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "failure"},
        {"subject": "t"},
        {"details": {"a": {"b": 1}}},
        {"mac": None},
        {"mac": 5},
        {"added": "x"},
        {"at": "yesterday"},
    ],
    ids=repr,
)
def test_a_changed_record_is_found(clock: MovableClock, change: dict[str, Any]) -> None:
    """By its id; nothing else is reported."""
    write(3)
    settle(clock)
    records().update_one({"sequence": 2}, {"$set": change})
    record = records().find_one({"sequence": 2})
    found, tally = verify()
    assert found == [Finding(Fault.CHANGED, record["run"], 2, 2, str(record["_id"]))]
    assert (tally.records, tally.changed, tally.missing) == (3, 1, 0)


@pytest.mark.parametrize(
    "place",
    [
        {"run": None},
        {"run": 7},
        {"run": {"a": 1}},
        {"run": "another"},
        {"sequence": "2"},
        {"sequence": None},
        {"sequence": 10**12},
        {"sequence": 3},
    ],
    ids=repr,
)
def test_a_record_that_was_put_elsewhere_is_found(clock: MovableClock, place: dict[str, Any]) -> None:
    """And so is the gap that it leaves, which is no larger than it."""
    write(4)
    settle(clock)
    records().update_one({"sequence": 2}, {"$set": place})
    found, tally = verify()
    assert (tally.records, tally.changed, tally.missing) == (4, 1, 1)
    assert [(each.first, each.last) for each in found if each.fault is Fault.MISSING] == [(2, 2)]


def test_a_forged_record_is_found(clock: MovableClock) -> None:
    """A copy under another id too: it does not stand for the one that it is of."""
    write(3)
    settle(clock)
    record = records().find_one({"sequence": 1})
    records().insert_one({**record, "_id": ObjectId()})
    found, tally = verify()
    assert [finding.fault for finding in found] == [Fault.CHANGED]
    assert tally.missing == 0


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(
    ("removed", "gaps"),
    [((2,), [(2, 2)]), ((2, 3), [(2, 3)]), ((2, 4), [(2, 2), (4, 4)]), ((1,), [(1, 1)]), ((1, 2, 4), [(1, 2), (4, 4)])],
)
def test_what_is_missing_is_found(clock: MovableClock, removed: tuple[int, ...], gaps: list[tuple[int, int]]) -> None:
    """Also at the beginning of a run; those in a row are one finding."""
    write(5)
    settle(clock)
    remove(*removed)
    assert missing() == gaps


def test_the_end_of_a_run_cannot_be_told(clock: MovableClock) -> None:
    """As the module says: nothing that is left speaks of its last records."""
    write(5)
    settle(clock)
    remove(4, 5)
    assert missing() == []


def test_one_run_does_not_fill_the_gaps_of_another(clock: MovableClock) -> None:
    """Each is judged by itself."""
    write(3)
    remove(2)
    runs._runs.begin_anew()
    write(3)
    settle(clock)
    assert missing() == [(2, 2)]


def test_a_record_on_its_way_is_not_missing(clock: MovableClock) -> None:
    """Two threads may write out of order; a little later it is missing."""
    write(1)
    runs.next_place()
    write(1)
    assert missing() == []
    settle(clock)
    assert missing() == [(2, 2)]


@pytest.mark.asvs("16.4.2")
def test_what_has_expired_is_not_missing(clock: MovableClock) -> None:
    """A process that runs for longer than records are kept loses its first ones, and only those."""
    kept_days = recording.KEPT.days
    clock.tick(seconds=-(kept_days + 1) * DAY)
    write(2)
    clock.tick(seconds=2 * DAY)
    write(3)
    clock.tick(seconds=(kept_days - 1) * DAY)
    records().delete_many({"expires_at": {"$lte": app_clock.now()}})
    assert records().count_documents({}) == 3
    assert missing() == []
    remove(4)
    assert missing() == [(4, 4)]


def test_expiry_excuses_no_young_run(clock: MovableClock) -> None:
    """A run says in its name when it began: what it wrote since cannot have expired."""
    clock.tick(seconds=-(recording.KEPT - timedelta(days=1)).total_seconds())
    write(3)
    clock.tick(seconds=(recording.KEPT - timedelta(days=1)).total_seconds())
    remove(1)
    assert missing() == [(1, 1)]


def test_a_sweep_that_is_not_through_is_no_gap(clock: MovableClock) -> None:
    """The database deletes in the order of times, which threads do not write in strictly."""
    clock.tick(seconds=-recording.KEPT.total_seconds())
    write(3)
    remove(2)
    clock.tick(seconds=recording.KEPT.total_seconds())
    assert missing() == []


def test_records_of_an_old_key_are_genuine_while_it_is_a_fallback(clock: MovableClock, settings: Settings) -> None:
    """Afterwards they count as changed, not as missing."""
    write(3)
    settle(clock)
    old = settings.SECRET_KEY
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": [old]}
    assert verify()[1].is_good
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": []}
    assert verify()[1] == Tally(records=3, runs=1, changed=3)


def test_progress_adds_up(clock: MovableClock) -> None:
    """To the number of records."""
    write(7)
    told: list[int] = []
    audit.verify(report=lambda _: None, advance=told.append)
    assert sum(told) == 7


def test_the_walk_follows_an_index() -> None:
    """No sort in memory, however many there are."""
    write(1)
    plan = records().find({}, sort=[("run", 1), ("sequence", 1)]).explain()["queryPlanner"]["winningPlan"]
    assert plan["inputStage"]["indexName"] == "run_1_sequence_1"
    assert "SORT" not in str(plan)


def test_a_name_of_a_run_says_when_it_began() -> None:
    """To the second; one that says nothing is of no known time."""
    before = app_clock.now().replace(microsecond=0)
    began = runs.began_at(runs.next_place()[0])
    assert began
    assert before <= began <= app_clock.now()
    assert runs.began_at("another") is None
    assert runs.began_at("") is None

"""``verify``: whether the records of the audit are as they were written, and all there.

Two things it cannot see, because nothing that is left tells of them: a run of which every record was deleted, and the
last records of a run. A mark of the last number would lie in the same database, where whoever deletes the records can
put an older mark in its place. The log, kept elsewhere, is that mark: each of its lines names run and number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from user_auth.audit import runs, seals
from user_auth.audit.documents import AuditEvent
from user_auth.audit.recording import KEPT
from user_auth.foundation import clock

# The database deletes what has expired once a minute or later, and not strictly in the order of the numbers. And what
# has just been numbered may be on its way.
LEEWAY = timedelta(minutes=2)
BATCH = 1000

Record = Mapping[str, Any]


class Fault(StrEnum):
    """What can be wrong with records."""

    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        run: The run concerned, as far as a changed record can be believed.
        first: The number of the record, or of the first that is missing.
        last: The same number, or that of the last of those missing in a row.
        record_id: The changed record's.
    """

    fault: Fault
    run: str
    first: int
    last: int
    record_id: str = ""

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass
class Tally:
    """What was looked at, and what was found."""

    records: int = 0
    runs: int = 0
    changed: int = 0
    missing: int = 0

    @property
    def is_good(self) -> bool:
        return not self.changed and not self.missing


def verify(*, report: Callable[[Finding], None], advance: Callable[[int], None] = lambda _: None) -> Tally:
    """Look at every record, run by run in the order of their numbers, in bounded memory.

    A number that is missing because its record was kept for as long as records are is no fault.

    Args:
        report: Gets each finding as it is made.
        advance: Gets the number of records looked at since it was called last.

    Raises:
        PyMongoError: The database is away.
    """
    tally, walk = Tally(), _Walk()
    for record in _records():
        tally.records += 1
        for finding in walk.judge(record):
            _count(tally, finding)
            report(finding)
        if tally.records % BATCH == 0:
            advance(BATCH)
    advance(tally.records % BATCH)
    tally.runs = walk.runs
    return tally


def estimated_count() -> int:
    """Return about how many records there are."""
    return AuditEvent._get_collection().estimated_document_count()


def _records() -> Iterator[Record]:
    # As they are stored: what somebody has put there need not fit the document. Served by ``run_1_sequence_1``.
    yield from AuditEvent._get_collection().find({}, sort=[("run", 1), ("sequence", 1)], batch_size=BATCH)


def _count(tally: Tally, finding: Finding) -> None:
    if finding.fault is Fault.CHANGED:
        tally.changed += 1
    else:
        tally.missing += finding.count


class _Walk:
    """Where the walk is: in which run, and which number comes next."""

    def __init__(self) -> None:
        self.runs = 0
        self._run: object = None
        self._next = 1
        self._latest: Record | None = None

    def judge(self, record: Record) -> Iterator[Finding]:
        """Take the next record, and return what is wrong with it or missing before it."""
        if record.get("run") != self._run:
            self.runs += 1
            self._run, self._next, self._latest = record.get("run"), 1, None
        if seals.is_genuine(record):
            yield from self._take(record)
        else:
            number = record.get("sequence")
            place = number if isinstance(number, int) else 0
            # It is wrong, but it is there. The number of one that is out of its place is not believed.
            self._next += place == self._next
            yield Finding(Fault.CHANGED, str(self._run), place, place, str(record["_id"]))

    def _take(self, record: Record) -> Iterator[Finding]:
        number: int = record["sequence"]
        if number > self._next and not self._is_excused(record):
            yield Finding(Fault.MISSING, str(self._run), self._next, number - 1)
        self._next, self._latest = max(self._next, number + 1), record

    def _is_excused(self, record: Record) -> bool:
        """Tell whether what is missing before this record need not be there: expired, or not written yet."""
        now = clock.now()
        if self._latest is None:
            return _has_expired(runs.began_at(str(self._run)), now=now) or _is_recent(record, now=now)
        return _has_expired(self._latest["at"], now=now) or _is_recent(record, now=now)


def _has_expired(at: datetime | None, *, now: datetime) -> bool:
    return at is None or at + KEPT <= now + LEEWAY


def _is_recent(record: Record, *, now: datetime) -> bool:
    at: datetime = record["at"]
    return at > now - LEEWAY

"""The rules of moving in and out.

A file goes in a batch at a time, each in one command. Whoever is there already is left alone, so that a file that was
cut short, or a process that died, is mended by doing it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from user_auth import audit
from user_auth.accounts import User, bulk, decoys
from user_auth.accounts.bulk import Clash
from user_auth.audit import Event
from user_auth.features.migration import lines, records
from user_auth.foundation.errors import UnavailableError
from user_auth.mongo import indexes

BATCH = 1000

Advance = Callable[[int], None]
# Given the number of a line and what is wrong with it.
Refuse = Callable[[int, str], None]


@dataclass
class Tally:
    """What became of the users of a file."""

    imported: int = 0
    already_there: int = 0
    refused: int = 0


def bring_in(stream: BinaryIO, *, refuse: Refuse, advance: Advance) -> Tally:
    """Make accounts of the users in a file; of those with one address the first counts.

    Args:
        refuse: Told of each line that is no user.
        advance: Told after each batch how many lines that were.

    Raises:
        FormatError: The file is of no form that can be read.
        UnavailableError: The database cannot tell addresses apart.
        PyMongoError: The database is away; what is in is in.
    """
    _require_unique_addresses()
    inward = _Import(refuse=refuse, advance=advance)
    try:
        for line in lines.read(stream, columns=records.FIELDS):
            inward.take(line)
        inward.store()
    finally:
        # Also when it is stopped half way.
        if any(asdict(inward.tally).values()):
            _record(Event.USERS_IMPORTED, **asdict(inward.tally))
    if inward.tally.imported:
        decoys.count()
    return inward.tally


def send_out(*, advance: Advance) -> Iterator[dict[str, Any]]:
    """Return every user as ``bring_in`` reads them, with the hash of their password."""
    count = 0
    try:
        for page in bulk.pages(size=BATCH):
            yield from map(records.fields, page)
            count += len(page)
            advance(len(page))
    finally:
        _record(Event.USERS_EXPORTED, users=count)


class _Import:
    """One file on its way in."""

    def __init__(self, *, refuse: Refuse, advance: Advance) -> None:
        self.tally = Tally()
        self._tell = refuse
        self._advance = advance
        self._waiting: dict[str, tuple[int, User]] = {}
        self._seen, self._done = 0, 0

    def take(self, line: lines.Line) -> None:
        self._seen = line.number
        try:
            user = records.draft(line.fields())
        except ValueError as error:
            self._refuse(line.number, str(error))
            return
        if user.email_digest in self._waiting:
            self.tally.already_there += 1
        self._waiting.setdefault(user.email_digest, (line.number, user))
        if len(self._waiting) >= BATCH:
            self.store()

    def store(self) -> None:
        """Store those that wait."""
        batch = list(self._waiting.values())
        clashes = bulk.insert([user for _, user in batch])
        for place, clash in clashes.items():
            if clash is Clash.ADDRESS:
                self.tally.already_there += 1
            else:
                self._refuse(batch[place][0], "id: another account has it")
        self.tally.imported += len(batch) - len(clashes)
        self._waiting.clear()
        self._advance(self._seen - self._done)
        self._done = self._seen

    def _refuse(self, number: int, reason: str) -> None:
        self.tally.refused += 1
        self._tell(number, reason)


def _require_unique_addresses() -> None:
    """Make sure of the index that keeps one address from having two accounts.

    Raises:
        UnavailableError: It cannot be made.
    """
    findings = indexes.ensure({User._get_collection_name(): User.INDEXES})
    if findings:
        raise UnavailableError(findings[0])


def _record(event: Event, **counts: int) -> None:
    details = {name: str(count) for name, count in counts.items()}
    audit.record(event, outcome="success", caller=None, subject=None, details=details | {"operator": "command line"})

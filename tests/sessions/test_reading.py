"""Sessions read together: each asker is told what is true of its own, whatever becomes of the others."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from bson import ObjectId

from tests.harness import waiting
from user_auth import accounts, sessions
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionRevokedError
from user_auth.sessions import Reason
from user_auth.sessions.reading import Found, Together

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
LONG = 60.0


class Database:
    """Answers when it is told to; it knows every session but ``nobody``."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.answers, self.breaks = Event(), False

    def read_all(self, session_ids: Sequence[str]) -> Mapping[str, Found]:
        self.asked.append(session_ids)
        # Only who sets out first is held up, and only that one fails.
        if len(self.asked) == 1:
            self.answers.wait(LONG)
            if self.breaks:
                raise ConnectionError
        return {each: found(each) for each in session_ids if each != "nobody"}


def found(session_id: str) -> Found:
    return Found(session={"_id": session_id}, user={})


def wait_for_waiting(reads: Together, *, count: int) -> None:
    waiting.until(lambda: len(reads._waiting) == count, seconds=LONG)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.answers.set()


@pytest.fixture
def threads(database: Database) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool
        database.answers.set()


def set_out(reads: Together, database: Database, threads: ThreadPoolExecutor) -> "Future[Found | None]":
    """Send the first one on its way."""
    first = threads.submit(reads.read, "first")
    waiting.until(lambda: len(database.asked) == 1, seconds=LONG)
    return first


def test_whoever_comes_while_others_are_read_is_read_with_all_who_wait(
    database: Database, threads: ThreadPoolExecutor
) -> None:
    """Who comes first asks alone; the next ones, twice the same among them, are one question, and each has its answer."""
    reads = Together(database.read_all, patience_seconds=LONG)
    set_out(reads, database, threads)
    names = ["a", "b", "c", "c", "nobody"]
    others = [threads.submit(reads.read, name) for name in names]
    wait_for_waiting(reads, count=len(names))
    database.answers.set()
    assert [each.result(LONG) for each in others] == [*map(found, "abcc"), None]
    assert [sorted(asked) for asked in database.asked] == [["first"], ["a", "b", "c", "nobody"]]


def test_who_set_out_takes_nobody_along_who_came_later(database: Database, threads: ThreadPoolExecutor) -> None:
    """A session may have ended between the two: an answer is never older than its question."""
    reads = Together(database.read_all, patience_seconds=LONG)
    first = set_out(reads, database, threads)
    later = threads.submit(reads.read, "first")
    wait_for_waiting(reads, count=1)
    database.answers.set()
    assert first.result(LONG) == later.result(LONG) == found("first")
    assert database.asked == [["first"], ["first"]]


def test_a_reading_that_hangs_holds_nobody_up_for_long(database: Database, threads: ThreadPoolExecutor) -> None:
    """Who has waited long enough asks for itself."""
    reads = Together(database.read_all, patience_seconds=0.01)
    set_out(reads, database, threads)
    assert threads.submit(reads.read, "a").result(LONG) == found("a")
    assert not database.answers.is_set()


def test_a_reading_that_fails_fails_for_its_own_asker_alone(database: Database, threads: ThreadPoolExecutor) -> None:
    """Whoever waited for it goes on, and so does whoever comes after that."""
    reads, database.breaks = Together(database.read_all, patience_seconds=LONG), True
    first = set_out(reads, database, threads)
    second = threads.submit(reads.read, "a")
    wait_for_waiting(reads, count=1)
    database.answers.set()
    assert isinstance(first.exception(LONG), ConnectionError)
    assert second.result(LONG) == found("a")
    assert reads.read("b") == found("b")


def test_those_who_were_taken_along_by_one_that_failed_ask_for_themselves(threads: ThreadPoolExecutor) -> None:
    """Its failure may be its own: its time may have been over."""
    hold = Event()

    def read_all(session_ids: Sequence[str]) -> Mapping[str, Found]:
        hold.wait(LONG)
        if len(session_ids) > 1:
            raise ConnectionError
        return {each: found(each) for each in session_ids}

    reads = Together(read_all, patience_seconds=LONG)
    asked = [threads.submit(reads.read, str(number)) for number in range(4)]
    wait_for_waiting(reads, count=3)
    hold.set()
    outcomes = [each.exception(LONG) or each.result() for each in asked]
    assert sum(isinstance(outcome, ConnectionError) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Found) for outcome in outcomes) == 3


def test_many_checks_at_once_each_find_their_own_user(mongo: None, threads: ThreadPoolExecutor) -> None:
    """On the real database; an ended session among them is refused, and nobody else is."""
    started = []
    for number in range(8):
        address = parse(f"person{number}@example.com")
        user = accounts.create(address, user_id=ObjectId(), name="", password_hash="-")
        assert user
        started.append(sessions.start(user, caller=CALLER, methods=["pwd"]))
    sessions.end([started[0].session], reason=Reason.LOGOUT)
    checks = [threads.submit(sessions.check_anew, each.token) for each in started for _ in range(10)]
    outcomes = [each.exception(LONG) or each.result() for each in checks]
    assert all(isinstance(outcome, SessionRevokedError) for outcome in outcomes[:10])
    emails = [outcome.user.email for outcome in outcomes[10:] if isinstance(outcome, sessions.Checked)]
    assert emails == [f"person{number}@example.com" for number in range(1, 8) for _ in range(10)]

"""Checks answered from memory: for as long as nothing can have changed, and not a moment longer."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.harness.memory import remembering
from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation import clock as app_clock
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionError, SessionExpiredError
from user_auth.sessions import Reason, Session, Snapshot, Started, caching
from user_auth.sessions.caching import Cache, Entry

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


@pytest.fixture(autouse=True)
def cache(mongo: None, settings: Settings, tmp_path: Path) -> Iterator[Cache]:
    with remembering(settings, tmp_path) as cache:
        yield cache


@pytest.fixture
def user() -> User:
    made = accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="Ada", password_hash="-")
    assert made
    return made


@pytest.fixture
def started(user: User) -> Started:
    """A session that was checked a moment ago."""
    started = sessions.start(user, caller=CALLER, methods=["pwd"])
    sessions.check(started.token)
    return started


def is_good(started: Started) -> bool:
    try:
        return bool(sessions.check(started.token))
    except SessionError:
        return False


def change_unseen(started: Started) -> None:
    """Change the database past everything that would tell of it, but for what the follower hears."""
    Session._get_collection().update_one(
        {"_id": started.session.id}, {"$set": {"last_seen_at": app_clock.now(), "ip": "unseen"}}
    )


def is_remembered(started: Started) -> bool:
    """Tell whether a check answers from memory: whether it misses what the database has now."""
    change_unseen(started)
    return sessions.check(started.token).session.ip != "unseen"


def test_a_good_session_is_remembered(started: Started) -> None:
    """The second check does not ask the database."""
    assert is_remembered(started)


ENDS: dict[str, Callable[[Started, User], object]] = {
    "ended": lambda started, _: sessions.end([started.session], reason=Reason.LOGOUT),
    "presented": lambda started, _: sessions.end_presented(started.token, reason=Reason.LOGOUT, caller=CALLER),
    "renewed": lambda started, user: sessions.renew(started.session, user=user, caller=CALLER, methods=["pwd"]),
    "a new password": lambda _, user: accounts.set_password(user, password_hash="-", reason="password_changed"),
    "a reset": lambda _, user: accounts.reset_password(
        user, password_hash="-", asked_at=user.secured_at + timedelta(seconds=1), reason="password_reset"
    ),
    "a new address": lambda _, user: accounts.set_address(user, parse("eve@example.com"), reason="email_changed"),
    "disabled": lambda _, user: accounts.disable(user, reason="account_disabled"),
    "a new generation": lambda _, user: accounts.end_generation(user, reason="revoked"),
    "marked for deletion": lambda _, user: accounts.begin_deletion(user, reason="account_deleted"),
    "deleted": lambda _, user: accounts.delete(user),
}


@pytest.mark.asvs("7.4.1", "7.4.2")
@pytest.mark.parametrize("how", ENDS)
def test_what_ends_is_refused_from_the_answer_on(started: Started, user: User, how: str) -> None:
    """Not a moment later, whatever is in memory."""
    ENDS[how](started, user)
    assert not is_good(started)


@pytest.mark.asvs("8.3.2")
def test_what_changes_is_seen_from_the_answer_on(started: Started, user: User) -> None:
    """A name, a role given and one taken."""
    accounts.rename(user, "Countess")
    assert sessions.check(started.token).user.name == "Countess"
    accounts.add_role(user, "writer")
    assert sessions.check(started.token).user.roles == ("writer",)
    accounts.remove_role(user, "writer")
    assert sessions.check(started.token).user.roles == ()
    accounts.set_roles(user, ["editor"])
    assert sessions.check(started.token).user.roles == ("editor",)


def test_without_a_proof_the_database_is_read(started: Started, cache: Cache) -> None:
    """Whatever is in memory; and with one again, it counts again."""
    cache.table.disprove()
    assert not is_remembered(started)


def test_where_the_answer_alone_is_kept_the_session_is_read_again(started: Started, cache: Cache) -> None:
    """And kept in the answer's place."""
    entry_of(cache, started).known = b"content-length: 2\r\n\r\n{}"
    change_unseen(started)
    assert sessions.check(started.token).session.ip == "unseen"
    assert isinstance(entry_of(cache, started).known, Snapshot)


def test_what_was_read_before_a_change_is_not_believed(started: Started, cache: Cache) -> None:
    """A check that has read the session just before it ended, and remembers it just after."""
    entry = cache.find(started.token)
    assert entry
    late = Entry(entry.known, entry.slot, cache.table[entry.slot], entry.good_until, entry.kept_until)
    sessions.end([started.session], reason=Reason.LOGOUT)
    cache.keep(started.token, late)
    assert not is_good(started)


def test_after_a_minute_the_database_is_read(started: Started, clock: MovableClock) -> None:
    """That also keeps the time of the last use true."""
    before = sessions.check(started.token).session.last_seen_at
    clock.tick(seconds=61)
    assert sessions.check(started.token).session.last_seen_at > before
    assert Session.objects.get(id=started.session.id).last_seen_at > before


def test_a_clock_turned_back_makes_nothing_last(started: Started, cache: Cache, clock: MovableClock) -> None:
    """The minute is counted by a clock that nobody can set, too."""
    clock.tick(seconds=-3600)
    sessions.check(started.token)
    entry = cache.find(started.token)
    assert entry
    assert entry.kept_until <= time.monotonic() + caching.LIFE_SECONDS
    entry.kept_until = time.monotonic()
    assert cache.find(started.token) is None


@pytest.mark.asvs("7.3.2")
def test_an_end_of_life_within_the_minute_is_kept(user: User, settings: Settings, clock: MovableClock) -> None:
    """A session is not remembered past its time."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SESSION_DAYS": 20 / 86400}
    started = sessions.start(user, caller=CALLER, methods=["pwd"])
    sessions.check(started.token)
    clock.tick(seconds=21)
    with pytest.raises(SessionExpiredError):
        sessions.check(started.token)


@pytest.mark.asvs("7.3.1")
def test_a_short_idle_time_ends_no_session_in_use(user: User, settings: Settings, clock: MovableClock) -> None:
    """Use is noted often enough for it."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SESSION_IDLE_HOURS": 30 / 3600}
    started = sessions.start(user, caller=CALLER, methods=["pwd"])
    for _ in range(5):
        clock.tick(seconds=20)
        assert is_good(started)
    clock.tick(seconds=31)
    assert not is_good(started)


def entry_of(cache: Cache, started: Started) -> Entry:
    entry = cache.find(started.token)
    assert entry
    return entry


def test_memory_is_bounded(started: Started, cache: Cache) -> None:
    """However many sessions are checked; one that is used again and again stays."""
    entry, small = entry_of(cache, started), Cache(cache.table, most=10)
    small.keep("used", entry)
    for number in range(100):
        assert small.find("used")
        small.keep(str(number), entry)
        assert len(small._young) + len(small._old) <= 10
    assert small.find("99")
    assert small.find("0") is None


def test_a_bad_token_is_not_remembered(started: Started, cache: Cache) -> None:
    """A flood of them takes no memory."""
    for number in range(20):
        with pytest.raises(SessionError):
            sessions.check(f"{started.token[:-4]}{number:04}")
    assert len(cache._young) + len(cache._old) == 1

"""The follower: what other machines change is heard of, and that this is so is proven again and again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.harness import waiting
from tests.harness.memory import remembering, stop_following
from tests.mail.standalone import Standalone
from user_auth import accounts, epochs, sessions
from user_auth.accounts import User
from user_auth.foundation import clock
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionError
from user_auth.mongo import connection, indexes
from user_auth.sessions import Session, caching, watching
from user_auth.sessions.caching import Cache
from user_auth.sessions.watching import State

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


@pytest.fixture
def cache(mongo: None, settings: Settings, tmp_path: Path) -> Iterator[Cache]:
    with remembering(settings, tmp_path) as cache:
        yield cache


def sign_in(email: str = "ada@example.com") -> str:
    user = accounts.create(parse(email), user_id=ObjectId(), name="Ada", password_hash="-")
    assert user
    token = sessions.start(user, caller=CALLER, methods=["pwd"]).token
    sessions.check(token)
    return token


def is_good(token: str) -> bool:
    try:
        return bool(sessions.check(token))
    except SessionError:
        return False


# As another machine does it: in the database, with no word to this one.
ELSEWHERE: dict[str, Callable[[], object]] = {
    "a session is deleted": lambda: Session._get_collection().delete_one({}),
    "a session is shortened": lambda: Session._get_collection().update_one({}, {"$set": {"expires_at": clock.now()}}),
    "a user is disabled": lambda: User._get_collection().update_one({}, {"$set": {"is_active": False}}),
    "a user is replaced": lambda: User._get_collection().find_one_and_replace(
        {}, {**User.objects.get().to_mongo().to_dict(), "generation": "another"}
    ),
    "a user is deleted": lambda: User._get_collection().delete_one({}),
    "all users are gone": lambda: User._get_collection().drop(),
}


@pytest.mark.asvs("7.4.1")
@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_happens_elsewhere_is_heard_of(what: str) -> None:
    """The session that it ends is refused here a moment later."""
    token = sign_in()
    assert is_good(token)
    ELSEWHERE[what]()
    waiting.until(lambda: not is_good(token), seconds=20)
    # With a collection its indexes have gone, which other tests need.
    indexes.ensure()


def test_a_note_of_use_makes_nobody_forget(cache: Cache) -> None:
    """Else the use of one session would cost the others of its slot their place in memory."""
    sign_in()
    slot = epochs.slot(User.objects.get().id)
    before, other = cache.table[slot], (slot + 1) % epochs.SLOTS
    Session.objects.update(last_seen_at=clock.now() + timedelta(minutes=2))
    # What comes after it in the stream has come.
    marker, unmarked = f"{other:04x}{'0' * 64}", cache.table[other]
    Session._get_collection().insert_one({"_id": marker})
    Session._get_collection().delete_one({"_id": marker})
    waiting.until(lambda: cache.table[other] != unmarked, seconds=20)
    assert cache.table[slot] == before


def test_a_proof_comes_again_and_again(cache: Cache) -> None:
    """Taken back, it is there again with the next heartbeat."""
    for _ in range(3):
        cache.table.disprove()
        waiting.until(cache.table.is_proven, seconds=20)
    assert caching.state() == "on"


def test_without_a_follower_the_proof_ends(cache: Cache) -> None:
    """And with it all that was in memory."""
    stop_following()
    waiting.until(lambda: not cache.table.is_proven(), seconds=20)
    assert caching.state() == "change_stream_lost"


def test_a_lost_connection_is_taken_up_again(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    """What was read before is read anew: what happened meanwhile may not have been heard."""
    caplog.set_level("INFO", logger="user_auth.sessions.watching")
    before = cache.table[1]
    connection.close()
    waiting.until(lambda: cache.table[1] != before, seconds=30)
    waiting.until(cache.table.is_proven, seconds=20)
    assert "is lost" in caplog.text
    assert "is there" in caplog.text


def test_a_state_is_said_once(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    """Not at every try, and not that all is well when it was never otherwise."""
    caplog.set_level("INFO", logger="user_auth.sessions.watching")
    stop_following()
    caplog.clear()
    cache.table.state = State.NEW
    for state in (State.FOLLOWING, State.LOST, State.LOST, State.LOST, State.FOLLOWING, State.FOLLOWING):
        watching._say(cache.table, state)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_standalone_server_is_read_at_every_check(
    standalone: Standalone, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no change streams: nothing is believed, which the log says once and the state all the time."""
    options = {"SESSION_CACHE_ENTRIES": 10, "SESSION_CACHE_DIR": tmp_path}
    settings.USER_AUTH = {**settings.USER_AUTH, **options}
    token = sign_in()
    waiting.until(lambda: caching.state() == "no_change_stream", seconds=20)
    Session._get_collection().delete_one({})
    assert not is_good(token)
    stop_following()
    assert caplog.text.count("no change stream") == 1

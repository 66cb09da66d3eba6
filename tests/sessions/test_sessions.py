"""Sessions: one judge, and ends that hold from the moment they are made."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    SessionExpiredError,
    SessionInvalidError,
    SessionMissingError,
    SessionRevokedError,
)
from user_auth.sessions import Reason, Session, Started
from user_auth.sessions.documents import EndedSession

pytestmark = pytest.mark.usefixtures("mongo")

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
WEEK = 7 * 86400


@pytest.fixture
def user(mongo: None) -> User:
    made = accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="Ada", password_hash="-")
    assert made
    return made


def start(user: User) -> Started:
    return sessions.start(user, caller=CALLER, methods=["pwd"])


def reason_of(token: str) -> str | None:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check(token)
    return refused.value.members.get("reason")


def test_a_started_session_is_good(user: User) -> None:
    """The judge returns the session and its user as the database has them."""
    started = start(user)
    checked = sessions.check(started.token)
    assert checked.user.id == str(user.id)
    assert checked.session.handle == started.session.handle


@pytest.mark.parametrize("token", ["", None])
def test_no_token_is_a_missing_session(token: str | None) -> None:
    """Nothing presented is told from something wrong presented."""
    with pytest.raises(SessionMissingError):
        sessions.check(token)


@pytest.mark.asvs("7.2.1")
def test_a_made_up_token_is_invalid(user: User) -> None:
    """Changing a genuine token in one place makes it nobody's."""
    token = start(user).token
    with pytest.raises(SessionInvalidError):
        sessions.check(token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:])


@pytest.mark.asvs("7.2.1", "7.4.1")
def test_an_ended_session_is_refused_with_its_reason(user: User) -> None:
    """The first reason stands; a second end of the same session changes nothing."""
    started = start(user)
    sessions.end([started.session], reason=Reason.REVOKED)
    sessions.end([started.session], reason=Reason.LOGOUT)
    assert reason_of(started.token) == "revoked"
    assert Session.objects.count() == 0


@pytest.mark.asvs("7.3.2")
def test_a_token_lives_seven_days(user: User, clock: MovableClock) -> None:
    """It is good until its last second and expired after it."""
    token = start(user).token
    clock.tick(seconds=WEEK - 5)
    sessions.check(token)
    clock.tick(seconds=10)
    with pytest.raises(SessionExpiredError):
        sessions.check(token)


def test_the_oldest_session_makes_room(user: User, settings: Settings, clock: MovableClock) -> None:
    """Past MAX_SESSIONS the oldest ends as evicted, the others stay."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MAX_SESSIONS": 2}
    tokens = []
    for _ in range(3):
        tokens.append(start(user).token)
        clock.tick(seconds=1)
    assert reason_of(tokens[0]) == "evicted"
    assert [bool(sessions.check(token)) for token in tokens[1:]] == [True, True]


@pytest.mark.asvs("15.4.2")
def test_parallel_starts_leave_exactly_as_many_as_allowed(user: User, settings: Settings) -> None:
    """Log-ins at the same time agree on which sessions are the newest."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MAX_SESSIONS": 3}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: start(user), range(20)))
    assert Session.objects(user_id=user.id).count() == 3
    assert EndedSession.objects(reason="evicted").count() == 17


@pytest.mark.asvs("7.3.1")
def test_an_idle_session_ends(user: User, settings: Settings, clock: MovableClock) -> None:
    """Use keeps it alive; SESSION_IDLE_HOURS without any ends it."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SESSION_IDLE_HOURS": 1}
    token = start(user).token
    for _ in range(3):
        clock.tick(seconds=3000)
        sessions.check(token)
    clock.tick(seconds=3601)
    assert reason_of(token) == "idle"
    assert reason_of(token) == "idle"


def test_use_is_noted_once_a_minute_at_most(user: User, clock: MovableClock) -> None:
    """A check inside the minute writes nothing."""
    started = start(user)
    clock.tick(seconds=59)
    assert sessions.check(started.token).session.last_seen_at == started.session.last_seen_at
    clock.tick(seconds=2)
    sessions.check(started.token)
    assert Session.objects.get(id=started.session.id).last_seen_at > started.session.last_seen_at


@pytest.mark.asvs("7.4.2")
def test_a_disabled_user_is_refused_at_once(user: User) -> None:
    """The judge reads the user at every check."""
    token = start(user).token
    User.objects(id=user.id).update_one(is_active=False)
    assert reason_of(token) == "account_disabled"


def test_a_new_generation_ends_every_session(user: User) -> None:
    """One write to the user is enough, whatever happens to the process after it."""
    token = start(user).token
    User.objects(id=user.id).update_one(generation="another", generation_reason="password_reset")
    assert reason_of(token) == "password_reset"


@pytest.mark.asvs("7.4.2")
def test_a_session_is_not_good_for_the_next_owner_of_an_address(user: User) -> None:
    """A session of a user who is gone stays refused when somebody else takes the address."""
    token = start(user).token
    User.objects(id=user.id).delete()
    accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="Another", password_hash="-")
    assert reason_of(token) is None


@pytest.mark.asvs("13.3.4")
def test_an_older_key_still_verifies(user: User, settings: Settings) -> None:
    """SECRET_KEY_FALLBACKS keeps sessions through a change of key; without it they are over."""
    token = start(user).token
    new = {**settings.USER_AUTH, "SECRET_KEY": "another key, and also long enough to be used"}
    settings.USER_AUTH = {**new, "SECRET_KEY_FALLBACKS": [settings.SECRET_KEY]}
    assert sessions.check(token).user.id == str(user.id)
    settings.USER_AUTH = new
    with pytest.raises(SessionInvalidError):
        sessions.check(token)


@pytest.mark.asvs("14.2.4")
def test_nothing_stored_is_a_token_or_its_secret(user: User) -> None:
    """A leaked database opens no session."""
    started = start(user)
    stored = repr(list(Session._get_collection().find()))
    secret = started.token.split(".")[1]
    assert started.token not in stored
    assert secret not in stored
    assert started.session.id[4:] in stored

"""Proving once more who one is: the same session, a new secret, a fresh proof."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from bson import ObjectId

from tests.conftest import MovableClock
from tests.features.reauthenticate.steps import CALLER, PASSWORD, reauthenticate
from tests.harness.crashes import crash_at_each_write
from user_auth import accounts, conf, sessions
from user_auth.accounts import User, passwords
from user_auth.audit import AuditEvent
from user_auth.features.reauthenticate import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.errors import InvalidPasswordError, RateLimitedError, SessionRevokedError, UnavailableError
from user_auth.sessions import Checked, Reason, Session
from user_auth.signin import SignedIn

pytestmark = pytest.mark.usefixtures("mongo")


@pytest.fixture
def user(mongo: None) -> User:
    return make_user("ada@example.com")


def make_user(email: str) -> User:
    password_hash = passwords.hash_password(PASSWORD)
    made = accounts.create(parse(email), user_id=ObjectId(), name="Ada", password_hash=password_hash)
    assert made
    return made


def start(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def prove(token: str, password: str = PASSWORD) -> SignedIn:
    return service.reauthenticate(sessions.check_anew(token), password=password, caller=CALLER)


def reason_of(token: str) -> str | None:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(token)
    return refused.value.members.get("reason")


@pytest.mark.asvs("7.2.4")
def test_a_session_gets_a_new_secret(user: User, clock: MovableClock) -> None:
    """It keeps its name and its end; the old token is ``replaced``, and the new one says when the proof was."""
    token = start(user)
    before = sessions.check_anew(token).session
    clock.tick(seconds=600)
    signed_in = prove(token)
    after = sessions.check_anew(signed_in.token).session
    assert (after.handle, after.expires_at) == (before.handle, before.expires_at)
    assert (after.created_at, after.id != before.id) == (before.created_at, True)
    assert (after.authenticated_at - before.authenticated_at).total_seconds() >= 600
    assert reason_of(token) == "replaced"
    assert Session.objects.count() == 1


def test_it_is_recorded(user: User) -> None:
    """As a session that got a new secret, not as a log-in."""
    prove(start(user))
    events = [event.event for event in AuditEvent.objects(subject=accounts.pseudonym(user)).order_by("at", "id")]
    assert events == ["session_replaced", "session_renewed"]


def test_a_wrong_password_changes_nothing(user: User) -> None:
    """The token stays good."""
    token = start(user)
    with pytest.raises(InvalidPasswordError):
        prove(token, "violet otter parade 8")
    assert sessions.check_anew(token)


@pytest.mark.asvs("6.3.1")
def test_five_wrong_in_a_row_end_the_session(user: User) -> None:
    """And no other one of the same user; a right one in between begins the count anew."""
    token, other = start(user), start(user)
    for _ in range(4):
        with pytest.raises(InvalidPasswordError):
            prove(token, "wrong")
    token = prove(token).token
    for _ in range(5):
        with pytest.raises(InvalidPasswordError):
            prove(token, "wrong")
    assert reason_of(token) == "revoked"
    assert sessions.check_anew(other)


@pytest.mark.asvs("6.3.1")
def test_twenty_wrong_a_day_are_enough(user: User, clock: MovableClock) -> None:
    """In however many sessions; the right one is refused too, and a day later it is not."""
    for _ in range(4):
        token = start(user)
        for _ in range(5):
            with pytest.raises(InvalidPasswordError):
                prove(token, "wrong")
    token = start(user)
    with pytest.raises(RateLimitedError):
        prove(token)
    clock.tick(seconds=86400)
    assert prove(token)


def test_a_try_that_could_not_be_made_does_not_count(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no core free for the password, however often: the session goes on, and the day's allowance is whole."""
    token = start(user)
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0)
    with ExitStack() as every_turn:
        for _ in range(conf.settings().hashing_threads):
            every_turn.enter_context(passwords._capacity().turns)
        for _ in range(25):
            with pytest.raises(UnavailableError):
                prove(token)
    assert prove(token)


@pytest.mark.asvs("15.4.2")
def test_many_at_once_leave_one_session(user: User) -> None:
    """One gets the new secret; the others hear that theirs was replaced, and leave nothing."""
    checked = sessions.check_anew(start(user))

    def prove_once(_: int) -> str:
        try:
            return service.reauthenticate(checked, password=PASSWORD, caller=CALLER).token
        except SessionRevokedError as refused:
            return str(refused.members)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(prove_once, range(4)))
    assert outcomes.count(str({"reason": "replaced"})) == 3
    [token] = set(outcomes) - {str({"reason": "replaced"})}
    assert sessions.check_anew(token)
    assert Session.objects.count() == 1


@pytest.mark.asvs("7.4.1")
def test_a_session_that_was_ended_meanwhile_stays_ended(user: User) -> None:
    """By its user, from another device, while the password was being compared."""
    token = start(user)
    checked = sessions.check_anew(token)
    sessions.end([checked.session], reason=Reason.REVOKED)
    with pytest.raises(SessionRevokedError) as refused:
        service.reauthenticate(checked, password=PASSWORD, caller=CALLER)
    assert refused.value.members == {"reason": "revoked"}
    assert Session.objects.count() == 0


@pytest.mark.asvs("7.4.2")
@pytest.mark.parametrize("how", ["generation", "deletion"])
def test_an_account_that_changed_meanwhile_gives_no_session(user: User, how: str) -> None:
    """Its sessions were ended in one write, or it is gone: nothing is left of the session that was about to be."""
    checked: Checked = sessions.check_anew(start(user))
    if how == "generation":
        accounts.end_generation(user, reason="password_reset")
    else:
        accounts.delete(user)
    with pytest.raises(SessionRevokedError):
        service.reauthenticate(checked, password=PASSWORD, caller=CALLER)
    assert Session.objects(handle=checked.session.handle).count() == 0


@pytest.mark.asvs("2.3.3")
@pytest.mark.faults
def test_a_process_that_dies_on_the_way_leaves_a_session_that_can_go_on(mongo: None) -> None:
    """Killed before each of its writes in turn: the next try leaves one session, or the user logs in again."""
    users = [make_user(f"ada.{number}@example.com") for number in range(16)]
    tokens = [start(each) for each in users]
    count = crash_at_each_write(f"{reauthenticate.__module__}:{reauthenticate.__name__}", tokens)
    assert count > 4
    went_on = [went_on_with(token) for token in tokens[:count]]
    # Once the old token is over, the new one is with a process that is no more.
    assert went_on == sorted(went_on, reverse=True)
    assert went_on.count(True) > 2


def went_on_with(token: str) -> bool:
    """Try again with the token of a process that died; tell whether it was still good, and had one session then."""
    signed_in = None
    with contextlib.suppress(SessionRevokedError):
        signed_in = prove(token)
    if signed_in is None:
        assert reason_of(token) == "replaced"
        return False
    assert Session.objects(user_id=signed_in.user.id).count() == 1
    return True

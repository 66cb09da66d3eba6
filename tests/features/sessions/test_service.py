"""One's own sessions: ended one by one or together, and nobody else's."""

from collections.abc import Callable

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.features.sessions import steps
from tests.features.sessions.steps import CALLER
from tests.harness.crashes import crash_at_each_write
from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.audit import AuditEvent, Event
from user_auth.features.sessions import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.errors import NotFoundError, SessionRevokedError
from user_auth.sessions import Checked, Reason, Session

pytestmark = pytest.mark.usefixtures("mongo")


@pytest.fixture
def user(mongo: None) -> User:
    return make_user("ada@example.com")


def make_user(email: str) -> User:
    made = accounts.create(parse(email), user_id=ObjectId(), name="", password_hash="-")
    assert made
    return made


def start(user: User) -> tuple[str, Checked]:
    token = sessions.start(user, caller=CALLER, methods=["pwd"]).token
    return token, sessions.check_anew(token)


def state_of(token: str) -> str:
    try:
        sessions.check_anew(token)
    except SessionRevokedError as refused:
        return str(refused.members.get("reason"))
    return "good"


def handles(user: User) -> list[str]:
    return [session.handle for session in sessions.of(user)]


def test_the_list_is_newest_first(user: User, clock: MovableClock) -> None:
    """And holds the living ones alone: not what is too old, nor what was ended in one write with all others."""
    _, first = start(user)
    clock.tick(seconds=1)
    _, second = start(user)
    assert handles(user) == [second.session.handle, first.session.handle]
    renewed = accounts.end_generation(user, reason="revoked")
    assert renewed
    assert handles(renewed) == []
    start(renewed)
    clock.tick(seconds=8 * 86400)
    assert handles(renewed) == []


def test_a_session_that_nobody_used_for_too_long_is_not_listed(
    user: User, clock: MovableClock, settings: Settings
) -> None:
    """It would be refused, so it does not look as if it lived."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SESSION_IDLE_HOURS": 1}
    start(user)
    clock.tick(seconds=3601)
    _, used = start(user)
    assert handles(user) == [used.session.handle]


@pytest.mark.asvs("7.5.2", "7.4.1")
def test_one_is_ended(user: User) -> None:
    """At once, as ``revoked``; the others stay."""
    (token, other), (_, checked) = start(user), start(user)
    service.end_one(checked, other.session.handle, caller=CALLER)
    assert state_of(token) == "revoked"
    assert handles(user) == [checked.session.handle]


def test_the_current_one_can_be_ended(user: User) -> None:
    """That is a log-out by another name."""
    token, checked = start(user)
    service.end_one(checked, checked.session.handle, caller=CALLER)
    assert state_of(token) == "revoked"


@pytest.mark.asvs("8.2.2")
@pytest.mark.parametrize("name", ["handle", "id", "none", "nul"])
def test_what_is_not_ones_own_is_not_there(user: User, name: str) -> None:
    """Another user's session, by whatever it is named, and what names none."""
    token, others = start(make_user("eve@example.com"))
    names = {"handle": others.session.handle, "id": others.session.id, "none": "no such name", "nul": "\0"}
    _, checked = start(user)
    with pytest.raises(NotFoundError):
        service.end_one(checked, names[name], caller=CALLER)
    assert state_of(token) == "good"


def test_an_end_is_recorded_once(user: User) -> None:
    """Of two at the same time, who both saw it living, one ends it."""
    (_, other), (_, checked) = start(user), start(user)
    for _ in range(2):
        sessions.end([other.session], reason=Reason.REVOKED, caller=CALLER)
    assert AuditEvent.objects(event=Event.SESSION_ENDED.value).count() == 1
    assert handles(user) == [checked.session.handle]


def test_an_ended_one_is_not_there(user: User) -> None:
    """To end it twice is to name nothing."""
    (_, other), (_, checked) = start(user), start(user)
    service.end_one(checked, other.session.handle, caller=CALLER)
    with pytest.raises(NotFoundError):
        service.end_one(checked, other.session.handle, caller=CALLER)


@pytest.mark.asvs("7.5.2")
@pytest.mark.parametrize(
    ("end", "stays"), [(service.end_others, True), (service.end_all, False)], ids=["others", "all"]
)
def test_all_are_ended(user: User, end: Callable[..., None], stays: bool) -> None:
    """With or without the current one; nobody else's."""
    tokens = [start(user)[0] for _ in range(3)]
    current, checked = start(user)
    strangers, _ = start(make_user("eve@example.com"))
    end(checked, caller=CALLER)
    assert [state_of(token) for token in tokens] == ["revoked"] * 3
    assert state_of(current) == ("good" if stays else "revoked")
    assert state_of(strangers) == "good"
    assert Session.objects(user_id=user.id).count() == int(stays)


def test_the_user_can_sign_in_after_all_were_ended(user: User) -> None:
    """A new session is of the generation that the end began."""
    _, checked = start(user)
    service.end_all(checked, caller=CALLER)
    now = accounts.get(user.id)
    assert now
    assert state_of(start(now)[0]) == "good"


@pytest.mark.asvs("2.3.3")
@pytest.mark.faults
@pytest.mark.parametrize("step", [steps.end_others, steps.end_all])
def test_all_end_by_one_write(mongo: None, step: Callable[[str], None]) -> None:
    """Killed before each write in turn: none of those to be ended has, or all have; the current one never goes alone."""
    users = [make_user(f"ada.{number}@example.com") for number in range(16)]
    others, currents = ([start(user)[0] for user in users] for _ in range(2))
    count = crash_at_each_write(f"{step.__module__}:{step.__name__}", currents)
    states = [(state_of(other), state_of(current)) for other, current in zip(others, currents, strict=True)]
    after = ("revoked", "good") if step is steps.end_others else ("revoked", "revoked")
    assert states[count] == after
    killed = states[:count]
    assert set(killed) == {("good", "good"), after}
    assert killed == sorted(killed, key=lambda state: state == after)

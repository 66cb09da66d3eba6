"""Having an account: renamed, and deleted so that one outcome is left whatever happens at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.features.account.steps import CALLER, PASSWORD
from tests.harness.traces import traces
from user_auth import accounts, sessions, signals
from user_auth.accounts import User
from user_auth.audit import AuditEvent
from user_auth.features.account import service
from user_auth.features.email import service as email
from user_auth.features.login import service as login
from user_auth.features.password import service as password
from user_auth.features.reauthenticate import service as reauthentication
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    AuthError,
    InvalidCredentialsError,
    InvalidPasswordError,
    LastAdminError,
    SessionRevokedError,
)
from user_auth.mongo import connection
from user_auth.sessions import Checked, Session

pytestmark = pytest.mark.usefixtures("mongo")

TURNS = 12
ELSEWHERE = Caller(ip="198.51.100.7", user_agent="Another", request_id="s")


def start(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def delete(checked: Checked, entered: str = PASSWORD) -> None:
    service.delete(checked, password=entered, caller=CALLER)


def reason_of(token: str) -> str | None:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(token)
    return refused.value.members.get("reason")


def events_of(user: User) -> list[str]:
    return [event.event for event in AuditEvent.objects(subject=accounts.pseudonym(user)).order_by("at", "id")]


def needles(user: User) -> list[str]:
    return [user.email, user.canonical_email, user.email_digest, str(user.id), user.name]


def test_a_name_is_changed(checked: Checked) -> None:
    """And that is recorded, without the name."""
    renamed = service.rename(checked, name="Ada King", caller=CALLER)
    assert renamed.name == "Ada King"
    stored = accounts.get(renamed.id)
    assert stored
    assert stored.name == "Ada King"
    assert events_of(renamed)[-1] == "user_updated"
    assert traces(connection.database(), ["Ada King"]) == ["users: ada king"]


def test_an_account_that_is_gone_is_not_renamed_into_being(checked: Checked) -> None:
    """A record deleted meanwhile does not come back."""
    accounts.delete(checked.user)
    with pytest.raises(SessionRevokedError):
        service.rename(checked, name="Ada King", caller=CALLER)
    assert User.objects.count() == 0


@pytest.mark.asvs("7.4.2")
def test_a_deletion_ends_every_session(user: User, checked: Checked) -> None:
    """With the reason that tokens are refused for afterwards, and nobody can sign in any more."""
    other = start(user)
    delete(checked)
    assert (accounts.get(user.id), Session.objects.count()) == (None, 0)
    assert reason_of(other) == "account_deleted"
    with pytest.raises(InvalidCredentialsError):
        login.log_in(user.address, password=PASSWORD, caller=CALLER)


def test_a_wrong_password_deletes_nothing(user: User, checked: Checked) -> None:
    """Neither the account nor a session."""
    other = start(user)
    with pytest.raises(InvalidPasswordError):
        delete(checked, "violet otter parade 8")
    assert accounts.get(user.id)
    assert sessions.check_anew(other)


def test_hosts_hear_of_the_end(user: User, checked: Checked) -> None:
    """While the account's id still means something to them; a receiver that raises changes nothing."""
    heard: list[tuple[str, str]] = []

    def receive(*, user_id: str, email: str, **_: object) -> None:
        heard.append((user_id, email))
        raise RuntimeError

    signals.account_deleted.connect(receive)
    try:
        delete(checked)
    finally:
        signals.account_deleted.disconnect(receive)
    assert heard == [(str(user.id), user.email)]
    assert accounts.get(user.id) is None


def test_the_last_admin_stays(checked: Checked, make_user: Callable[..., User]) -> None:
    """Until there is another one who is active."""
    user = accounts.set_roles(checked.user, ["admin"])
    assert user
    admin = Checked(session=checked.session, user=user)
    other = accounts.set_roles(make_user(), ["admin"])
    assert other
    disabled = accounts.disable(other, reason="account_disabled")
    with pytest.raises(LastAdminError):
        delete(admin)
    assert disabled
    accounts.enable(disabled)
    delete(admin)
    assert accounts.get(user.id) is None


@pytest.mark.asvs("2.3.3", "15.4.2")
def test_two_admins_who_leave_at_once_leave_one(make_user: Callable[..., User]) -> None:
    """Each sees the other still there; one is refused all the same."""
    admins = [accounts.set_roles(make_user(), ["admin"]) for _ in range(2)]
    both = [sessions.check_anew(start(admin)) for admin in admins if admin]
    outcomes = at_once(*(partial(delete, each) for each in both))
    assert sorted(map(str, outcomes)) == sorted(["None", str(LastAdminError)])
    assert User.objects(roles="admin").count() == 1


@pytest.mark.asvs("2.3.3")
def test_an_admin_made_meanwhile_is_an_admin(checked: Checked) -> None:
    """Whoever became one after the request was let in is not overlooked."""
    accounts.add_role(checked.user, "admin")
    with pytest.raises(LastAdminError):
        delete(checked)


def test_a_session_that_was_ended_meanwhile_deletes_nothing(user: User, checked: Checked) -> None:
    """A new password, say, was set while this request's was being compared."""
    accounts.end_generation(user, reason="password_reset")
    with pytest.raises(SessionRevokedError) as refused:
        delete(checked)
    assert refused.value.members == {"reason": "password_reset"}
    assert accounts.get(user.id)


@pytest.mark.asvs("15.4.2")
def test_two_deletions_at_once_are_one(user: User) -> None:
    """One is done, the other hears that the account is gone; it is recorded once."""
    both = [sessions.check_anew(start(user)) for _ in range(2)]
    outcomes = at_once(*(partial(delete, each) for each in both))
    assert sorted(map(str, outcomes)) == sorted(["None", str(SessionRevokedError)])
    assert events_of(user).count("user_deleted") == 1
    assert traces(connection.database(), needles(user)) == []


@pytest.mark.asvs("2.3.3", "15.4.2")
def test_a_log_in_at_the_same_time_leaves_nothing(make_user: Callable[..., User]) -> None:
    """Whichever comes first: it is refused or its session ends, and it leaves no record and no mail."""
    for _ in range(TURNS):
        user = make_user()
        # Somebody who has been there before: the log-in is from a new device, and the user is told.
        accounts.note_sign_in(user)
        deleted, signed_in = at_once(
            partial(delete, sessions.check_anew(start(user))),
            partial(login.log_in, user.address, password=PASSWORD, caller=ELSEWHERE),
        )
        assert deleted is None
        assert signed_in in (None, InvalidCredentialsError)
        assert traces(connection.database(), needles(user)) == []


def change_password(checked: Checked) -> None:
    password.change(checked, current=PASSWORD, new="quite another secret 9", caller=ELSEWHERE)


def ask_for_address(checked: Checked) -> None:
    email.ask_for_code(checked, address=parse("countess@example.com"), password=PASSWORD, caller=ELSEWHERE)


def prove(checked: Checked) -> None:
    reauthentication.reauthenticate(checked, password=PASSWORD, caller=ELSEWHERE)


def rename(checked: Checked) -> None:
    service.rename(checked, name="Ada King", caller=ELSEWHERE)


@pytest.mark.asvs("2.3.3", "15.4.2")
@pytest.mark.parametrize("rival", [change_password, ask_for_address, prove, rename])
def test_whatever_the_user_does_at_the_same_time_has_one_outcome(
    make_user: Callable[..., User], settings: Settings, rival: Callable[[Checked], None]
) -> None:
    """The account is gone with all there was, or the deletion was refused and the account is whole."""
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "off"}
    for turn in range(TURNS):
        user = make_user(name=f"Ada the {turn}th")
        mine, another = (sessions.check_anew(start(user)) for _ in range(2))
        deleted, done = at_once(partial(delete, mine), partial(rival, another))
        assert done in (None, InvalidPasswordError, SessionRevokedError)
        if deleted is None:
            assert traces(connection.database(), [*needles(user), "Ada King"]) == []
        else:
            assert (deleted, done) == (SessionRevokedError, None)
            assert accounts.get(user.id)


def test_the_sweep_leaves_accounts_alone(user: User, checked: Checked, clock: MovableClock) -> None:
    """It looks for those whose deletion has begun, and gives the request that began it its time."""
    assert service.sweep() == 0
    marked = accounts.begin_deletion(user, reason="account_deleted")
    assert marked
    assert service.sweep() == 0
    clock.tick(seconds=11)
    assert service.sweep() == 1
    assert accounts.get(user.id) is None


def test_a_mark_cannot_be_undone(user: User) -> None:
    """Nobody lets an account sign in again whose deletion has begun."""
    marked = accounts.begin_deletion(user, reason="account_deleted")
    assert marked
    assert accounts.enable(marked) is None


def at_once(*steps: Callable[[], object]) -> list[type[Exception] | None]:
    """Take steps in the same moment; return for each what it was refused with, if it was."""
    barrier = Barrier(len(steps))

    def take(step: Callable[[], object]) -> type[Exception] | None:
        barrier.wait()
        try:
            step()
        except AuthError as refused:
            return type(refused)
        return None

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(take, steps))

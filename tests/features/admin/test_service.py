"""Looking after accounts: who may sign in, with which roles; there is always an admin; all of it is in the audit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from bson import ObjectId

from user_auth import accounts, sessions
from user_auth.accounts import User, passwords
from user_auth.audit import AuditEvent, Event
from user_auth.features.admin import service
from user_auth.features.admin.service import COMMAND_LINE, Operator
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    InvalidFieldsError,
    LastAdminError,
    NotFoundError,
    SessionRevokedError,
    WeakPasswordError,
)
from user_auth.signals import signed_up

pytestmark = pytest.mark.usefixtures("mongo")

CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
ADMIN = Operator("the pseudonym of an admin", CALLER)
PASSWORD = "violet otter parade 7"
_numbers = count()


def make(*roles: str, is_active: bool = True) -> User:
    address = parse(f"user.{next(_numbers)}@example.com")
    user = accounts.create(address, user_id=ObjectId(), name="", password_hash="-")
    assert user
    user = accounts.set_roles(user, roles)
    assert user
    return user if is_active else (accounts.disable(user, reason="account_disabled") or user)


def again(user: User) -> User:
    """Return the user as the database has them now."""
    found = accounts.get(user.id)
    assert found
    return found


def sign_in(user: User) -> str:
    return sessions.start(again(user), caller=CALLER, methods=["pwd"]).token


def reason_of(token: str) -> str:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check(token)
    return str(refused.value.members["reason"])


def recorded(event: Event) -> list[tuple[str | None, dict[str, str]]]:
    return [(record.subject, dict(record.details)) for record in AuditEvent.objects(event=event).order_by("sequence")]


def active_admins() -> int:
    return User.objects(roles="admin", is_active=True).count()


# ---- Disabling and enabling


@pytest.mark.asvs("7.4.2")
def test_a_disabled_users_sessions_end_at_once() -> None:
    """With the reason; another's go on."""
    user, other = make(), make()
    tokens, others = [sign_in(user), sign_in(user)], sign_in(other)
    assert not service.disable(str(user.id), operator=ADMIN).is_active
    assert [reason_of(token) for token in tokens] == ["account_disabled"] * 2
    assert sessions.check(others)


def test_enabling_brings_no_session_back() -> None:
    """The user signs in again, and that is good."""
    user = make()
    token = sign_in(user)
    service.disable(str(user.id), operator=ADMIN)
    assert service.enable(str(user.id), operator=ADMIN).is_active
    assert reason_of(token) == "account_disabled"
    assert sessions.check(sign_in(user))


def test_a_session_started_while_its_user_was_disabled_is_no_good() -> None:
    """Not even after they are enabled: it belongs to the time before."""
    user = make()
    service.disable(str(user.id), operator=ADMIN)
    token = sessions.start(user, caller=CALLER, methods=["pwd"]).token
    service.enable(str(user.id), operator=ADMIN)
    assert reason_of(token) == "account_disabled"


def test_what_is_so_already_stays_so() -> None:
    """Disabled twice, enabled twice: no error, and each once in the audit."""
    user = make()
    for _ in range(2):
        service.disable(str(user.id), operator=ADMIN)
    for _ in range(2):
        service.enable(str(user.id), operator=ADMIN)
    assert len(recorded(Event.USER_DISABLED)) == len(recorded(Event.USER_ENABLED)) == 1


@pytest.mark.asvs("7.4.5")
def test_all_sessions_of_a_user_can_be_ended() -> None:
    """They are revoked, and the user may sign in again."""
    user = make()
    tokens = [sign_in(user), sign_in(user)]
    service.end_sessions(str(user.id), operator=ADMIN)
    assert [reason_of(token) for token in tokens] == ["revoked"] * 2
    assert sessions.check(sign_in(user))


# ---- Roles


def test_roles_are_given_and_taken() -> None:
    """One by one, or all at once; what is there already, or not there, is no error."""
    user = make()
    user_id = str(user.id)
    assert service.grant(user_id, "editor", operator=ADMIN).roles == ["editor"]
    assert service.grant(user_id, "editor", operator=ADMIN).roles == ["editor"]
    assert service.grant(user_id, "support", operator=ADMIN).roles == ["editor", "support"]
    assert service.revoke(user_id, "editor", operator=ADMIN).roles == ["support"]
    assert service.revoke(user_id, "editor", operator=ADMIN).roles == ["support"]
    assert service.set_roles(user_id, ["b", "a", "b"], operator=ADMIN).roles == ["a", "b"]
    assert service.set_roles(user_id, [], operator=ADMIN).roles == []


def test_roles_count_from_the_next_check_on() -> None:
    """The token says nothing of them."""
    user = make("admin")
    make("admin")
    token = sign_in(user)
    assert sessions.check(token).user.roles == ("admin",)
    service.revoke(str(user.id), "admin", operator=ADMIN)
    assert sessions.check(token).user.roles == ()


def test_roles_granted_at_once_are_all_there() -> None:
    """None is lost to another."""
    user = make()
    roles = [f"role{number}" for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda role: service.grant(str(user.id), role, operator=ADMIN), roles))
    assert sorted(again(user).roles) == sorted(roles)


def test_a_user_has_twenty_roles_at_most() -> None:
    """One more is refused; one of the twenty again is not."""
    user = make(*(f"role{number}" for number in range(20)))
    assert service.grant(str(user.id), "role7", operator=ADMIN)
    with pytest.raises(InvalidFieldsError, match="20 roles"):
        service.grant(str(user.id), "one-more", operator=ADMIN)


# ---- The last admin


TAKEN_AWAY: list[Callable[[str], User]] = [
    lambda user_id: service.disable(user_id, operator=ADMIN),
    lambda user_id: service.revoke(user_id, "admin", operator=ADMIN),
    lambda user_id: service.set_roles(user_id, ["editor"], operator=ADMIN),
    lambda user_id: service.change(user_id, is_active=False, roles=["editor"], operator=ADMIN),
    lambda user_id: service.change(user_id, is_active=True, roles=[], operator=ADMIN),
]
WAYS = ["disable", "revoke", "set_roles", "both", "roles_and_enable"]


@pytest.mark.parametrize("take_away", TAKEN_AWAY, ids=WAYS)
def test_the_last_active_admin_stays(take_away: Callable[[str], User]) -> None:
    """A disabled admin and users of other roles do not count; a refusal changes nothing."""
    last = make("admin", "editor")
    make("admin", is_active=False)
    make("administrator")
    with pytest.raises(LastAdminError):
        take_away(str(last.id))
    assert (again(last).is_active, again(last).roles) == (True, ["admin", "editor"])
    assert AuditEvent.objects().count() == 0
    make("admin")
    assert take_away(str(last.id))


@pytest.mark.parametrize("take_away", TAKEN_AWAY, ids=WAYS)
def test_of_admins_who_remove_each_other_at_once_one_stays(take_away: Callable[[str], User]) -> None:
    """However many they are."""
    everybody = [make("admin") for _ in range(4)]

    def attempt(user: User) -> bool:
        try:
            take_away(str(user.id))
        except LastAdminError:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(attempt, everybody)) == [False, True, True, True]
        assert active_admins() == 1
        for user in everybody:
            service.change(str(user.id), is_active=True, roles=["admin"], operator=ADMIN)


def test_who_has_become_an_admin_meanwhile_is_spared_too() -> None:
    """What was read before the role was granted does not take the last admin away."""
    stale = make()
    service.grant(str(stale.id), "admin", operator=ADMIN)
    assert accounts.disable(stale, reason="account_disabled") is None
    assert accounts.set_roles(stale, []) is None
    assert accounts.remove_role(stale, "admin") is None
    assert active_admins() == 1


def test_a_disabled_admin_can_lose_the_role() -> None:
    """That takes no active admin away, even with no other there."""
    user = make("admin", is_active=False)
    assert service.revoke(str(user.id), "admin", operator=ADMIN).roles == []


# ---- Together


def test_a_change_is_both_or_one_of_the_two() -> None:
    """What is not named stays as it is."""
    user_id = str(make("editor").id)
    changed = service.change(user_id, is_active=False, roles=["support"], operator=ADMIN)
    assert (changed.is_active, changed.roles) == (False, ["support"])
    assert service.change(user_id, is_active=True, operator=ADMIN).roles == ["support"]
    changed = service.change(user_id, roles=[], operator=ADMIN)
    assert (changed.is_active, changed.roles) == (True, [])


def test_an_address_that_changes_meanwhile_hinders_nothing() -> None:
    """The account is the same one: it is read again."""
    user = make()
    writes = iter([lambda _: None, accounts.enable])

    def write(read: User) -> User | None:
        return next(writes)(read)

    before, after = service._write(str(user.id), write)
    assert before.id == after.id == user.id


def test_who_is_being_deleted_is_gone() -> None:
    """And cannot be brought back."""
    user = make()
    assert accounts.begin_deletion(user, reason="account_deleted")
    for attempt in (service.enable, service.disable, service.end_sessions):
        with pytest.raises(NotFoundError):
            attempt(str(user.id), operator=ADMIN)
    assert accounts.enable(again(user)) is None
    assert not again(user).is_active


@pytest.mark.parametrize(
    "user_id",
    ["", "x", "6b031d5a7a3084405b6a3a66", "6B031D5A7A3084405B6A3A66", "6b031d5a7a30 84405b6a3a6", "é" * 24, "a\0" * 12],
    ids=ascii,
)
def test_an_unknown_id_is_nobodys(user_id: str) -> None:
    """Whatever its form."""
    for attempt in (service.enable, service.disable, service.end_sessions):
        with pytest.raises(NotFoundError):
            attempt(user_id, operator=ADMIN)
    with pytest.raises(NotFoundError):
        service.get(user_id)


# ---- Making


def test_an_account_can_be_made() -> None:
    """Its address counts as verified; host projects hear of it."""
    heard: list[str] = []

    def hear(*, user_id: str, **_: object) -> None:
        heard.append(user_id)

    signed_up.connect(hear)
    try:
        user = service.create(parse("Ada@Example.com"), name="Ada", password=PASSWORD, operator=COMMAND_LINE)
    finally:
        signed_up.disconnect(hear)
    assert user
    assert (user.email, user.name, user.email_verified, user.roles) == ("Ada@Example.com", "Ada", True, [])
    assert passwords.verify(PASSWORD, user=user)
    assert heard == [str(user.id)]


def test_an_account_without_a_password_opens_to_none() -> None:
    """Until its owner sets one."""
    user = service.create(parse("ada@example.com"), name="", password=None, operator=COMMAND_LINE)
    assert user
    assert not passwords.verify("", user=user)
    assert not passwords.verify("None", user=user)


def test_an_address_has_one_account() -> None:
    """Nothing of the one that is there changes."""
    address = parse("ada@example.com")
    first = service.create(address, name="Ada", password=PASSWORD, operator=COMMAND_LINE)
    assert first
    assert service.create(parse("ADA@example.com"), name="Eve", password=None, operator=COMMAND_LINE) is None
    assert again(first).name == "Ada"


def test_a_weak_password_is_refused() -> None:
    """By the rules for everybody."""
    with pytest.raises(WeakPasswordError):
        service.create(parse("ada@example.com"), name="", password="password", operator=COMMAND_LINE)


# ---- The audit


@pytest.mark.asvs("16.2.1")
def test_everything_is_in_the_audit_with_who_did_it_and_to_whom() -> None:
    """By their pseudonyms; from where, if it was over HTTP."""
    make("admin")
    user = make("editor")
    user_id, subject = str(user.id), accounts.pseudonym(user)
    service.disable(user_id, operator=ADMIN)
    service.enable(user_id, operator=ADMIN)
    service.set_roles(user_id, ["support", "tester"], operator=ADMIN)
    service.revoke(user_id, "support", operator=COMMAND_LINE)
    service.end_sessions(user_id, operator=ADMIN)
    by_admin = {"operator": ADMIN.name}
    assert recorded(Event.USER_DISABLED) == [(subject, by_admin)]
    assert recorded(Event.USER_ENABLED) == [(subject, by_admin)]
    assert recorded(Event.SESSIONS_REVOKED) == [(subject, by_admin)]
    assert recorded(Event.ROLES_CHANGED) == [
        (subject, {**by_admin, "granted": "support tester", "revoked": "editor"}),
        (subject, {"operator": "command line", "revoked": "support"}),
    ]
    assert {record.ip for record in AuditEvent.objects(event=Event.USER_DISABLED)} == {CALLER.ip}


def test_nothing_that_changed_nothing_is_in_the_audit() -> None:
    """The same roles again, say."""
    user_id = str(make("editor").id)
    service.set_roles(user_id, ["editor"], operator=ADMIN)
    service.grant(user_id, "editor", operator=ADMIN)
    service.enable(user_id, operator=ADMIN)
    assert AuditEvent.objects().count() == 0

"""A changing address: the old one works until the new one is proven, and nobody learns who has an account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import Message

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.mails import code_in
from user_auth import accounts, codes, sessions
from user_auth.accounts import User, passwords
from user_auth.audit.documents import AuditEvent
from user_auth.codes import Challenge, Purpose
from user_auth.features.email import service
from user_auth.features.email.service import Moved
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    AuthError,
    InvalidCodeError,
    InvalidFieldsError,
    InvalidPasswordError,
    RateLimitedError,
    SessionRevokedError,
)
from user_auth.mail import worker
from user_auth.mongo import connection
from user_auth.sessions import Checked, Reason
from user_auth.signin import devices

OLD, NEW, TAKEN = parse("Ada@example.com"), parse("Countess@example.org"), parse("Bob@example.net")
PASSWORD = "violet otter parade 7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CALLER = Caller(ip="192.0.2.1", user_agent=FIREFOX, request_id="r")


@pytest.fixture(autouse=True)
def _outgoing(mongo: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []


@pytest.fixture
def user(mongo: None) -> User:
    return make(OLD.stored)


def make(email: str) -> User:
    made = accounts.create(
        parse(email), user_id=ObjectId(), name="Ada", password_hash=passwords.hash_password(PASSWORD)
    )
    assert made
    return made


def sign_in(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def session_of(user: User) -> Checked:
    return sessions.check_anew(sign_in(user))


def ask(checked: Checked, email: str = NEW.stored) -> str:
    """Ask for a code and have the mails delivered; return the ``verification_id``."""
    opened = service.ask_for_code(checked, address=parse(email), password=PASSWORD, caller=CALLER)
    worker.deliver_due()
    return opened.verification_id


def move(checked: Checked, verification_id: str, otp: str, *, caller: Caller = CALLER) -> Moved:
    return service.move(checked, verification_id=verification_id, otp=otp, caller=caller)


def last_code(email: str = NEW.stored) -> str:
    return code_in(letters_to(email)[-1])


def letters_to(email: str) -> list[django_mail.EmailMessage]:
    worker.deliver_due()
    return [message for message in django_mail.outbox if message.to == [email]]


def subjects(email: str) -> list[str]:
    return [message.subject.partition(" at ")[0] for message in letters_to(email)]


def refusals(calls: list[Callable[[], object]]) -> list[type[AuthError] | None]:
    """Do all at once; return what each was refused with."""

    def outcome(call: Callable[[], object]) -> type[AuthError] | None:
        try:
            call()
        except AuthError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


@pytest.mark.asvs("6.3.7", "7.4.3")
def test_a_code_from_the_new_mailbox_changes_the_address(user: User) -> None:
    """Until then the old one is good; afterwards only the new one, and both have heard of it."""
    checked = session_of(user)
    verification_id = ask(checked)
    assert accounts.find(OLD)
    assert accounts.find(NEW) is None
    moved = move(checked, verification_id, last_code())
    assert (moved.user.email, moved.user.email_verified) == (NEW.stored, True)
    assert accounts.find(OLD) is None
    assert subjects(OLD.wire) == ["Your address", "Your address"]
    assert subjects(NEW.wire) == ["Your code for a new address", "Your address"]
    assert "Firefox on Linux" in str(django_mail.outbox[-1].body)


def test_the_session_that_changed_it_stays(user: User) -> None:
    """With the token it has; every other session has ended."""
    mine, others = sign_in(user), sign_in(user)
    checked = sessions.check_anew(mine)
    move(checked, ask(checked), last_code())
    assert sessions.check_anew(mine).user.email == NEW.stored
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(others)
    assert refused.value.members == {"reason": Reason.EMAIL_CHANGED}


def test_the_browser_stays_known(user: User) -> None:
    """Its device cookie proves it by the address, so it gets one for the new address."""
    known = Caller("192.0.2.1", "", "", device_token=devices.remember("", address=OLD))
    checked = session_of(user)
    moved = move(checked, ask(checked), last_code(), caller=known)
    assert devices.known(moved.device_token, address=NEW)


def test_without_the_password_nothing_happens(user: User) -> None:
    """Neither mail nor challenge."""
    with pytest.raises(InvalidPasswordError):
        service.ask_for_code(session_of(user), address=NEW, password="wrong", caller=CALLER)
    worker.deliver_due()
    assert django_mail.outbox == []
    assert Challenge.objects.count() == 0


@pytest.mark.asvs("6.3.8")
def test_for_a_taken_address_nobody_gets_the_code(user: User) -> None:
    """Its owner gets a notice instead; the challenge is there, and what was mailed opens nothing."""
    owner, checked = make(TAKEN.stored), session_of(user)
    verification_id = ask(checked, "BOB@EXAMPLE.NET")
    assert subjects(TAKEN.wire) == ["You already have an account"]
    assert not code_in(letters_to(TAKEN.wire)[0])
    assert codes.find(verification_id)
    with pytest.raises(InvalidCodeError):
        move(checked, verification_id, "123456")
    after = accounts.find(TAKEN)
    assert after
    assert after.id == owner.id


@pytest.mark.asvs("6.3.8")
def test_the_request_asks_the_database_the_same_of_every_address(user: User) -> None:
    """The same commands in the same order for a free address and a taken one."""
    make(TAKEN.stored)
    checked = session_of(user)
    assert commands_of(checked, NEW.stored) == commands_of(checked, TAKEN.stored)


def commands_of(checked: Checked, email: str) -> list[str]:
    """Return the commands, by kind and collection, that asking for a code sends to the database."""
    database = connection.database()
    database.command("profile", 2)
    try:
        service.ask_for_code(checked, address=parse(email), password=PASSWORD, caller=CALLER)
    finally:
        database.command("profile", 0)
    entries = list(database["system.profile"].find().sort("ts"))
    database.drop_collection("system.profile")
    # The kinds of passwords are read once a minute, whoever asks.
    asked = [
        each for each in entries if "profile" not in each["command"] and not each["ns"].endswith(".password_kinds")
    ]
    return [f"{each['op']} {each['ns']}" for each in asked]


def test_an_address_that_was_taken_meanwhile_is_refused(user: User) -> None:
    """The code was right when it was mailed; whoever made an account with the address first has it."""
    checked = session_of(user)
    verification_id = ask(checked)
    otp, owner = last_code(), make(NEW.stored)
    with pytest.raises(InvalidCodeError):
        move(checked, verification_id, otp)
    assert [found.id for found in (accounts.find(OLD), accounts.find(NEW)) if found] == [user.id, owner.id]


@pytest.mark.parametrize("email", ["Ada@example.com", " Ada@example.com "])
def test_the_address_that_the_account_has_is_refused(user: User, email: str) -> None:
    """It is not a change; the field is named, and nothing is mailed."""
    with pytest.raises(InvalidFieldsError) as refused:
        ask(session_of(user), email)
    assert [(problem.param, problem.code) for problem in refused.value.errors] == [("new_email", "invalid")]
    assert django_mail.outbox == []


def test_the_spelling_of_the_address_can_be_changed(user: User) -> None:
    """Another case is the same account, so it is free to its owner; one notice will do."""
    checked = session_of(user)
    moved = move(checked, ask(checked, "ada@EXAMPLE.com"), last_code("ada@example.com"))
    assert (moved.user.id, moved.user.email) == (user.id, "ada@EXAMPLE.com")
    assert subjects("ada@example.com") == ["Your code for a new address", "Your address"]


@pytest.mark.asvs("8.2.2")
def test_a_challenge_of_somebody_else_is_unknown(user: User) -> None:
    """Its own code does not open it in anybody else's session, and no guess is counted."""
    mine, bob = session_of(user), session_of(make(TAKEN.stored))
    verification_id = ask(mine)
    for _ in range(6):
        with pytest.raises(InvalidCodeError):
            move(bob, verification_id, last_code())
    assert move(mine, verification_id, last_code())


@pytest.mark.asvs("6.6.2")
@pytest.mark.parametrize("purpose", [Purpose.SIGNUP, Purpose.RESET])
def test_a_code_of_another_purpose_changes_no_address(user: User, purpose: Purpose) -> None:
    """Nor does a code for an address work at another challenge for it."""
    checked = session_of(user)
    address = NEW if purpose is Purpose.SIGNUP else OLD
    opened = codes.start(purpose, address=address, data={"user_id": str(user.id)})
    otp = last_code(address.wire)
    for verification_id in (opened.verification_id, ask(checked)):
        if otp != last_code():
            with pytest.raises(InvalidCodeError):
                move(checked, verification_id, otp)
    assert accounts.find(OLD)


@pytest.mark.asvs("6.6.3")
def test_wrong_codes_are_counted(user: User) -> None:
    """Five kill the code."""
    checked = session_of(user)
    verification_id = ask(checked)
    for step in range(1, 6):
        with pytest.raises(InvalidCodeError):
            move(checked, verification_id, f"{(int(last_code()) + step) % 10**6:06d}")
    with pytest.raises(InvalidCodeError):
        move(checked, verification_id, last_code())


def test_a_new_address_turns_the_other_challenges_into_decoys(user: User, clock: MovableClock) -> None:
    """Codes that were mailed before, for another address or for a new password, open nothing any more."""
    checked = session_of(user)
    reset = codes.start(Purpose.RESET, address=OLD, data={})
    third, here = ask(checked, "third@example.com"), ask(checked)
    otp = last_code("third@example.com")
    move(checked, here, last_code())
    again = session_of(accounts.find(NEW) or user)
    with pytest.raises(InvalidCodeError):
        move(again, third, otp)
    challenge = codes.find(third)
    assert challenge
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=third, caller=CALLER, device=None)
    assert len(letters_to("third@example.com")) == 1
    user = again.user
    assert not codes.is_of(codes.find(reset.verification_id) or challenge, user)


def test_a_new_password_stops_the_change(user: User) -> None:
    """Who hears of a change that is not theirs and resets the password has the address still."""
    checked = session_of(user)
    verification_id = ask(checked)
    otp = last_code()
    changed = accounts.set_password(user, password_hash="-", reason=Reason.PASSWORD_RESET)
    assert changed
    with pytest.raises(InvalidCodeError):
        move(session_of(changed), verification_id, otp)
    assert accounts.find(OLD)


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("turn", range(3))
def test_of_two_changes_of_one_account_at_once_one_succeeds(user: User, turn: int) -> None:
    """The account has the address of the one that was told so; the other address stays free."""
    first, second = session_of(user), session_of(user)
    ids = [ask(first, "one@example.com"), ask(second, "two@example.com")]
    otps = [last_code("one@example.com"), last_code("two@example.com")]
    outcomes = refusals([lambda: move(first, ids[0], otps[0]), lambda: move(second, ids[1], otps[1])])
    assert sorted(outcomes, key=str) == [InvalidCodeError, None]
    found = [accounts.find(parse(email)) for email in ("one@example.com", "two@example.com")]
    assert [user is None for user in found] == [outcome is not None for outcome in outcomes]
    assert User.objects.count() == 1


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("turn", range(3))
def test_of_two_accounts_that_want_one_address_at_once_one_gets_it(user: User, turn: int) -> None:
    """The other keeps its own."""
    people = [session_of(user), session_of(make(TAKEN.stored))]
    ids, otps = [], []
    for each in people:
        ids.append(ask(each, NEW.stored if each is people[0] else f" {NEW.stored}"))
        otps.append(last_code())
        connection.database()["limits"].delete_many({})
    outcomes = refusals([lambda: move(people[0], ids[0], otps[0]), lambda: move(people[1], ids[1], otps[1])])
    assert sorted(outcomes, key=str) == [InvalidCodeError, None]
    owner = accounts.find(NEW)
    assert owner
    assert owner.id == people[outcomes.index(None)].user.id
    assert User.objects.count() == 2


@pytest.mark.parametrize("turn", range(3))
def test_a_deletion_and_a_change_at_once_have_one_outcome(user: User, turn: int) -> None:
    """The account is gone or has moved; it is not there twice, and nothing of it comes back."""
    checked = session_of(user)
    verification_id = ask(checked)
    otp = last_code()
    refused, gone = refusals(
        [lambda: move(checked, verification_id, otp), lambda: None if accounts.delete(user) else refuse()]
    )
    assert (refused, gone) in [(InvalidCodeError, None), (None, InvalidCodeError)]
    assert User.objects.count() == (0 if refused else 1)


def refuse() -> None:
    raise InvalidCodeError


@pytest.mark.asvs("6.3.1")
def test_mails_to_a_new_address_are_limited(user: User) -> None:
    """One a minute from one client address, whoever asks: the service is no way to fill somebody's mailbox."""
    ask(session_of(user))
    with pytest.raises(RateLimitedError):
        ask(session_of(make(TAKEN.stored)))
    assert len(letters_to(NEW.wire)) == 1


@pytest.mark.asvs("1.3.3")
def test_mails_hold_nothing_that_was_typed(user: User) -> None:
    """Neither the name nor another address, nor what the client calls itself."""
    make(TAKEN.stored)
    caller = Caller(ip="192.0.2.1", user_agent="Visit evil.example", request_id="r")
    checked = session_of(user)
    for address in (NEW, TAKEN):
        service.ask_for_code(checked, address=address, password=PASSWORD, caller=caller)
    worker.deliver_due()
    assert len(django_mail.outbox) == 4
    for message in django_mail.outbox:
        body = message.message().get_payload()
        said = "".join(str(part.get_payload(decode=True)) for part in body if isinstance(part, Message))
        assert said
        assert not [word for word in ("evil", "Ada", "Countess", "Bob") if word in said]


@pytest.mark.asvs("16.3.1")
def test_a_change_is_in_the_audit(user: User) -> None:
    """Asked for, tried in vain and done, all by the one pseudonym; the addresses are not."""
    checked = session_of(user)
    verification_id = ask(checked)
    with pytest.raises(InvalidCodeError):
        move(checked, verification_id, f"{(int(last_code()) + 1) % 10**6:06d}")
    move(checked, verification_id, last_code())
    events = [(event.event, event.subject) for event in AuditEvent.objects.order_by("sequence")]
    names = ["user_email_change_requested", "authn_code_fail", "user_email_change"]
    assert events == [(name, accounts.pseudonym(user)) for name in names]
    assert "example" not in repr(list(AuditEvent._get_collection().find()))

"""Signing up: nobody decides anything for the owner of an address but the owner."""

import pytest
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.mails import code_in
from user_auth import accounts, codes, signals
from user_auth.accounts import User, passwords
from user_auth.codes import Challenge
from user_auth.features.signup import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    InvalidCodeError,
    RateLimitedError,
    SignupClosedError,
    WeakPasswordError,
)
from user_auth.mail import worker

ADDRESS = parse("Ada@Example.com")
CALLER = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
STRANGER = Caller(ip="198.51.100.7", user_agent="Another", request_id="s")
OWNERS, STRANGERS = "violet otter parade 7", "quite another secret 9"


@pytest.fixture(autouse=True)
def _outgoing(mongo: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []


def sign_up(password: str = OWNERS, *, caller: Caller = CALLER) -> str:
    """Sign up and have the mail delivered; return the ``verification_id``."""
    opened = service.sign_up(ADDRESS, password=password, name="Ada", caller=caller)
    worker.deliver_due()
    return opened.verification_id


def verify(verification_id: str, otp: str, *, caller: Caller = CALLER) -> User:
    return service.verify(service.find(verification_id), otp=otp, by_address=False, caller=caller)


def last_code() -> str:
    return code_in(django_mail.outbox[-1])


def opens_with(password: str) -> bool:
    return passwords.verify(password, user=accounts.find(ADDRESS))


def test_the_code_makes_the_account() -> None:
    """It has the password, the name and the address as they were given."""
    user = verify(sign_up(), last_code())
    assert (user.email, user.name, user.roles) == ("Ada@Example.com", "Ada", [])
    assert opens_with(OWNERS)


@pytest.mark.asvs("2.3.1")
def test_there_is_no_account_before_the_code() -> None:
    """A sign-up alone makes nobody an account."""
    sign_up()
    assert accounts.find(ADDRESS) is None


@pytest.mark.asvs("2.2.3")
@pytest.mark.parametrize("strangers_first", [True, False])
def test_a_strangers_signup_does_not_decide_the_password(strangers_first: bool) -> None:
    """Whoever owns the mailbox ends with the password of the sign-up whose code they entered, in either order."""
    if strangers_first:
        sign_up(STRANGERS, caller=STRANGER)
    owners_id = sign_up()
    owners_code = last_code()
    if not strangers_first:
        sign_up(STRANGERS, caller=STRANGER)
    verify(owners_id, owners_code)
    assert opens_with(OWNERS)
    assert not opens_with(STRANGERS)


@pytest.mark.asvs("2.2.3", "6.6.2")
def test_a_code_opens_no_sign_up_but_its_own() -> None:
    """The owner's code, typed at a stranger's sign-up, is a wrong one."""
    strangers_id = sign_up(STRANGERS, caller=STRANGER)
    sign_up()
    with pytest.raises(InvalidCodeError):
        verify(strangers_id, last_code(), caller=STRANGER)


def test_an_account_turns_the_other_sign_ups_into_decoys(clock: MovableClock) -> None:
    """Their codes open nothing, their next mail is a notice, and their answers stay what they were."""
    strangers_id = sign_up(STRANGERS, caller=STRANGER)
    strangers_code = last_code()
    verify(sign_up(), last_code())
    with pytest.raises(InvalidCodeError):
        verify(strangers_id, strangers_code, caller=STRANGER)
    clock.tick(seconds=61)
    second = sign_up(STRANGERS, caller=STRANGER)
    assert code_in(django_mail.outbox[-1]) == ""
    challenge = codes.find(second)
    assert challenge
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=second, caller=STRANGER, device=None)
    worker.deliver_due()
    assert code_in(django_mail.outbox[-1]) == ""
    assert opens_with(OWNERS)


@pytest.mark.asvs("6.3.8")
def test_a_taken_address_gets_a_notice_and_nothing_changes() -> None:
    """The owner hears of it; the sign-up looks like any other to whoever made it."""
    verify(sign_up(), last_code())
    decoy = sign_up(STRANGERS, caller=STRANGER)
    assert code_in(django_mail.outbox[-1]) == ""
    assert django_mail.outbox[-1].to == [ADDRESS.wire]
    assert codes.find(decoy)
    assert opens_with(OWNERS)


@pytest.mark.asvs("1.3.3")
def test_mail_to_strangers_holds_nothing_that_was_typed() -> None:
    """A name in it would be a free relay for whoever wants to write to somebody."""
    service.sign_up(ADDRESS, password=OWNERS, name="Visit evil.example now", caller=CALLER)
    worker.deliver_due()
    assert "evil" not in django_mail.outbox[-1].message().as_string()


@pytest.mark.asvs("6.2.4")
def test_a_weak_password_is_refused_before_anything_happens() -> None:
    """Nothing is stored and nothing is mailed."""
    with pytest.raises(WeakPasswordError) as refused:
        sign_up("password")
    assert [problem.code for problem in refused.value.errors] == ["common"]
    assert Challenge.objects.count() == 0


def test_closed_means_closed(settings: Settings) -> None:
    """With SIGNUP=closed nobody new comes in."""
    settings.USER_AUTH = {**settings.USER_AUTH, "SIGNUP": "closed"}
    with pytest.raises(SignupClosedError):
        sign_up()


@pytest.mark.asvs("2.3.2", "2.4.1")
def test_an_address_is_signed_up_three_times_an_hour() -> None:
    """From one client address; known and unknown addresses alike."""
    for _ in range(3):
        sign_up()
    with pytest.raises(RateLimitedError):
        sign_up()


@pytest.mark.asvs("2.3.3")
def test_a_sign_up_that_died_half_way_is_completed(clock: MovableClock) -> None:
    """The code was right and counted, the process ended before the account was made: the sweep makes it."""
    verification_id = sign_up()
    challenge = service.find(verification_id)
    assert challenge
    codes.use(challenge, last_code(), ip=CALLER.ip)
    assert accounts.find(ADDRESS) is None
    assert service.sweep() == 0
    clock.tick(seconds=11)
    assert service.sweep() == 1
    assert opens_with(OWNERS)
    assert Challenge.objects.count() == 0


def test_the_sweep_leaves_living_sign_ups_alone(clock: MovableClock) -> None:
    """One that waits for its code is none of its business."""
    verification_id = sign_up()
    clock.tick(seconds=60)
    service.sweep()
    assert verify(verification_id, last_code())


def test_hosts_hear_of_new_accounts() -> None:
    """A receiver that raises changes nothing for the person who signs up."""
    heard: list[str] = []

    def receive(*, email: str, **_: object) -> None:
        heard.append(email)
        raise RuntimeError

    signals.signed_up.connect(receive)
    try:
        verify(sign_up(), last_code())
    finally:
        signals.signed_up.disconnect(receive)
    assert heard == [ADDRESS.stored]


def test_a_finished_sign_up_is_over() -> None:
    """Its id is not alive for a resend any more."""
    verification_id = sign_up()
    verify(verification_id, last_code())
    assert codes.find(verification_id) is None

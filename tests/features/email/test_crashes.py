"""A process that is killed between any two writes leaves no half of a new address."""

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.harness.crashes import crash_at_each_write
from tests.mails import code_in
from user_auth import accounts, sessions
from user_auth.accounts import User, notices, passwords
from user_auth.features.email import service
from user_auth.foundation.addresses import EmailAddress, parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCodeError, SessionRevokedError
from user_auth.mail import worker

pytestmark = [pytest.mark.faults, pytest.mark.asvs("2.3.3")]

CALLER = Caller(ip="192.0.2.1", user_agent="", request_id="r")
MORE_THAN_THERE_ARE_WRITES = 20
PASSWORD = "violet otter parade 7"


@pytest.fixture(autouse=True)
def _outgoing(mongo: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []


def make(address: EmailAddress) -> User:
    made = accounts.create(address, user_id=ObjectId(), name="", password_hash=passwords.hash_password(PASSWORD))
    assert made
    return made


def sign_in(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def subjects(address: EmailAddress) -> list[str]:
    worker.deliver_due()
    return [str(message.subject) for message in django_mail.outbox if message.to == [address.wire]]


def told(address: EmailAddress, clock: MovableClock) -> int:
    """Let the worker do what it does some seconds later; return how many mails told of the new address."""
    clock.tick(seconds=11)
    notices.sweep()
    found = subjects(address)
    clock.tick(seconds=-11)
    return sum("was changed" in subject for subject in found)


def ask(token_and_address: str) -> str:
    token, email = token_and_address.split()
    opened = service.ask_for_code(sessions.check_anew(token), address=parse(email), password=PASSWORD, caller=CALLER)
    return opened.verification_id


def move(token_id_and_code: str) -> None:
    token, verification_id, otp = token_id_and_code.split()
    service.move(sessions.check_anew(token), verification_id=verification_id, otp=otp, caller=CALLER)


def addresses(name: str) -> list[EmailAddress]:
    return [parse(f"{name}.{number}@example.com") for number in range(MORE_THAN_THERE_ARE_WRITES)]


def begun(old: EmailAddress, new: EmailAddress) -> tuple[str, str]:
    """Return the token of another session of an account, and what the one that wants the new address brings."""
    user = make(old)
    mine, other = sign_in(user), sign_in(user)
    verification_id = ask(f"{mine} {new.stored}")
    worker.deliver_due()
    (code,) = [code_in(message) for message in django_mail.outbox if message.to == [new.wire]]
    return other, f"{mine} {verification_id} {code}"


def test_a_new_address_happens_whole_or_not_at_all(clock: MovableClock) -> None:
    """Until it is set the code is good for another try; then other sessions are over, and both addresses hear of it."""
    olds, news = addresses("ada"), addresses("countess")
    people = [begun(old, new) for old, new in zip(olds, news, strict=True)]
    killed = crash_at_each_write(f"{__name__}:move", [brings for _, brings in people])
    moved = [accounts.find(new) for new in news[:killed]]
    assert {user is None for user in moved} == {False, True}
    for old, new, (other, brings), user in zip(olds, news, people, moved, strict=False):
        if user:
            _, verification_id, otp = brings.split()
            with pytest.raises(InvalidCodeError):
                move(f"{sign_in(user)} {verification_id} {otp}")
        else:
            assert sessions.check_anew(other)
            move(brings)
        assert accounts.find(new)
        assert accounts.find(old) is None
        with pytest.raises(SessionRevokedError):
            sessions.check_anew(other)
        assert (told(old, clock), told(new, clock)) == (1, 1)


def test_no_code_goes_out_of_which_the_old_address_has_not_heard() -> None:
    """Wherever the process ends."""
    olds, news = addresses("ada"), addresses("countess")
    asks = [f"{sign_in(make(old))} {new.stored}" for old, new in zip(olds, news, strict=True)]
    killed = crash_at_each_write(f"{__name__}:ask", asks)
    has_code = [bool(subjects(new)) for new in news[:killed]]
    assert set(has_code) == {False, True}
    assert not [old for old, went_out in zip(olds, has_code, strict=False) if went_out and not subjects(old)]

"""A process that is killed between any two writes leaves no half of a new password."""

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.harness.crashes import crash_at_each_write
from tests.mails import code_in
from user_auth import accounts, sessions
from user_auth.accounts import User, notices, passwords
from user_auth.features.password import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCodeError, InvalidPasswordError, SessionRevokedError
from user_auth.mail import worker
from user_auth.sessions import Reason

pytestmark = [pytest.mark.faults, pytest.mark.asvs("2.3.3")]

CALLER = Caller(ip="192.0.2.1", user_agent="", request_id="r")
MORE_THAN_THERE_ARE_WRITES = 20
OLD, NEW = "violet otter parade 7", "quite another secret 9"


@pytest.fixture(autouse=True)
def _outgoing(mongo: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []


def make(number: int) -> User:
    address, password_hash = parse(f"ada.{number}@example.com"), passwords.hash_password(OLD)
    made = accounts.create(address, user_id=ObjectId(), name="", password_hash=password_hash)
    assert made
    return made


def sign_in(user: User) -> str:
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def opens_with(password: str, user: User) -> bool:
    return passwords.verify(password, user=accounts.find(user.address))


def ended_for(token: str) -> str:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(token)
    return str(refused.value.members["reason"])


def notices_to(user: User, clock: MovableClock) -> int:
    """Let the worker do what it does some seconds later; return how many mails told the user of a new password."""
    clock.tick(seconds=11)
    notices.sweep()
    worker.deliver_due()
    clock.tick(seconds=-11)
    mails = [message for message in django_mail.outbox if message.to == [user.address.wire]]
    return sum(message.subject.startswith("Your password") for message in mails)


def reset(id_and_code: str) -> None:
    verification_id, otp = id_and_code.split()
    service.reset(verification_id, otp=otp, password=NEW, caller=CALLER)


def change(token: str) -> None:
    service.change(sessions.check_anew(token), current=OLD, new=NEW, caller=CALLER)


def ask(user: User) -> str:
    """Have a code mailed; return the id and the code."""
    verification_id = service.ask_for_code(user.address, caller=CALLER).verification_id
    worker.deliver_due()
    return f"{verification_id} {code_in(django_mail.outbox[-1])}"


def test_a_reset_happens_whole_or_not_at_all(clock: MovableClock) -> None:
    """Until the password is set the code is good for another try; then all sessions are over and the notice goes out."""
    users = [make(number) for number in range(MORE_THAN_THERE_ARE_WRITES)]
    tokens, codes = [sign_in(user) for user in users], [ask(user) for user in users]
    killed = crash_at_each_write(f"{__name__}:reset", codes)
    happened = [opens_with(NEW, user) for user in users[:killed]]
    assert set(happened) == {False, True}
    for user, token, code, has_happened in zip(users, tokens, codes, happened, strict=False):
        if has_happened:
            with pytest.raises(InvalidCodeError):
                reset(code)
        else:
            assert sessions.check_anew(token)
            reset(code)
        assert opens_with(NEW, user)
        assert ended_for(token) == Reason.PASSWORD_RESET
        assert notices_to(user, clock) == 1


def test_a_change_happens_whole_or_not_at_all(clock: MovableClock) -> None:
    """Until the password is set nothing has changed; then all other sessions are over and the notice goes out."""
    users = [make(number) for number in range(MORE_THAN_THERE_ARE_WRITES)]
    tokens, others = [sign_in(user) for user in users], [sign_in(user) for user in users]
    killed = crash_at_each_write(f"{__name__}:change", tokens)
    happened = [opens_with(NEW, user) for user in users[:killed]]
    assert set(happened) == {False, True}
    for user, token, other, has_happened in zip(users, tokens, others, happened, strict=False):
        if has_happened:
            with pytest.raises((InvalidPasswordError, SessionRevokedError)):
                change(token)
        else:
            assert sessions.check_anew(other)
            change(token)
        assert opens_with(NEW, user)
        assert ended_for(other) == Reason.PASSWORD_CHANGED
        assert notices_to(user, clock) == 1

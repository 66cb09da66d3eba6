"""The owner of an account hears of sign-ins that may not be their own."""

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from user_auth import accounts, signin
from user_auth.accounts import User
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.mail import worker
from user_auth.signin import SignedIn

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ADDRESS = parse("ada@example.com")


@pytest.fixture
def user(mongo: None, settings: Settings) -> User:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []
    made = accounts.create(ADDRESS, user_id=ObjectId(), name="Ada", password_hash="-")
    assert made
    return made


def sign_in(user: User, *, device_token: str = "", user_agent: str = FIREFOX, failures: int = 0) -> SignedIn:
    caller = Caller(ip="192.0.2.1", user_agent=user_agent, request_id="r", device_token=device_token)
    signed_in = signin.finish(user, caller=caller, methods=["pwd"], failures=failures)
    worker.deliver_due()
    return signed_in


def subjects() -> list[str]:
    return [str(mail.subject) for mail in django_mail.outbox]


def test_the_first_sign_in_is_no_news(user: User) -> None:
    """It is from a new device by nature."""
    sign_in(user)
    assert subjects() == []


def test_a_new_device_is_told(user: User) -> None:
    """With what it is, from where and when."""
    sign_in(user, user_agent="curl/8")
    sign_in(user)
    assert subjects() == ["New sign-in to Django JWT Auth"]
    body = str(django_mail.outbox[0].body)
    assert "Firefox on Linux" in body
    assert "192.0.2.1" in body


def test_a_known_device_is_not(user: User) -> None:
    """The cookie of an earlier sign-in vouches for it."""
    device_token = sign_in(user).device_token
    sign_in(user, device_token=device_token)
    assert subjects() == []


def test_another_accounts_device_is_new(user: User) -> None:
    """A cookie vouches for the accounts it has signed in to, and for no other."""
    sign_in(user, user_agent="curl/8")
    another = accounts.create(parse("bob@example.com"), user_id=ObjectId(), name="", password_hash="-")
    assert another
    sign_in(user, device_token=sign_in(another).device_token)
    assert len(subjects()) == 1


def test_success_after_five_failures_is_told_on_any_device(user: User) -> None:
    """Somebody may have guessed the password in the end."""
    device_token = sign_in(user, failures=4).device_token
    sign_in(user, device_token=device_token, failures=5)
    assert subjects() == ["Sign-in to Django JWT Auth after failed tries"]
    assert "5 tries" in str(django_mail.outbox[0].body)


def test_what_a_device_calls_itself_is_not_repeated(user: User) -> None:
    """A user agent is a text of whoever signs in: only a family that the parser knows is shown."""
    sign_in(user)
    sign_in(user, user_agent="Go to evil.example now")
    assert "evil" not in django_mail.outbox[0].message().as_string()


def test_an_app_without_cookies_is_known_by_its_other_session(user: User) -> None:
    """One that keeps its token itself would be told of at every log-in."""
    sign_in(user)
    sign_in(user)
    assert subjects() == []

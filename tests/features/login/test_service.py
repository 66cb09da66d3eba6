"""Logging in: the same answer to everybody who may not, and limits that strangers cannot turn on the owner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth import accounts, conf, sessions
from user_auth.accounts import User, passwords
from user_auth.crypto.passwords import Pepper
from user_auth.features.login import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCredentialsError, RateLimitedError, SessionRevokedError
from user_auth.signin import SignedIn

pytestmark = pytest.mark.usefixtures("mongo")

ADDRESS = parse("ada@example.com")
PASSWORD = "violet otter parade 7"
HOME = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")
STRANGER = Caller(ip="198.51.100.7", user_agent="Another", request_id="s")


@pytest.fixture
def user(mongo: None) -> User:
    made = accounts.create(ADDRESS, user_id=ObjectId(), name="Ada", password_hash=passwords.hash_password(PASSWORD))
    assert made
    return made


def log_in(password: str = PASSWORD, *, caller: Caller = HOME, replaces: str | None = None) -> SignedIn:
    return service.log_in(ADDRESS, password=password, caller=caller, replaces=replaces)


def fail(times: int, *, caller: Caller = STRANGER) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentialsError):
            log_in("wrong", caller=caller)


def wait_asked_for(*, caller: Caller) -> int | None:
    with pytest.raises(RateLimitedError) as refused:
        log_in("wrong", caller=caller)
    return refused.value.retry_after


@pytest.mark.usefixtures("user")
def test_the_right_password_starts_a_session() -> None:
    """Its token is good at once."""
    signed_in = log_in()
    assert sessions.check(signed_in.token).session.methods == ("pwd",)


@pytest.mark.asvs("6.2.8", "6.3.8")
@pytest.mark.parametrize(
    ("change", "password"),
    [
        ({"is_active": False}, PASSWORD),
        ({"email_verified": False}, PASSWORD),
        ({"password_hash": "broken"}, PASSWORD),
        ({}, "violet otter parade 8"),
        ({}, PASSWORD.upper()),
        ({}, f" {PASSWORD}"),
        ({}, "x" * 5000),
        ({}, "\ud800"),
    ],
)
def test_every_refusal_is_the_same(user: User, change: dict[str, object], password: str) -> None:
    """Disabled, unverified, broken and wrong are told apart by nothing."""
    if change:
        User.objects(id=user.id).update_one(**change)
    with pytest.raises(InvalidCredentialsError) as refused:
        log_in(password)
    with pytest.raises(InvalidCredentialsError) as unknown:
        service.log_in(parse("nobody@example.com"), password=password, caller=HOME)
    assert vars(refused.value) == vars(unknown.value)


@pytest.mark.asvs("7.2.4")
@pytest.mark.usefixtures("user")
def test_a_session_presented_is_replaced() -> None:
    """The browser's earlier session ends when it signs in again."""
    first = log_in()
    log_in(replaces=first.token)
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check(first.token)
    assert refused.value.members == {"reason": "replaced"}


@pytest.mark.usefixtures("user")
def test_a_failed_log_in_replaces_nothing() -> None:
    """The session presented stays when the password is wrong."""
    first = log_in()
    with pytest.raises(InvalidCredentialsError):
        log_in("wrong", replaces=first.token)
    assert sessions.check(first.token)


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("user")
def test_after_five_wrong_passwords_the_waits_double(clock: MovableClock) -> None:
    """1, 2, 4 ... seconds, and the wait that is named is the wait that is needed."""
    fail(5)
    for wait in (1, 2, 4, 8):
        assert wait_asked_for(caller=STRANGER) == wait
        clock.tick(seconds=wait)
        fail(1)


@pytest.mark.asvs("15.4.2")
@pytest.mark.usefixtures("user")
def test_parallel_guesses_are_all_counted() -> None:
    """Of many wrong passwords at once five are compared."""

    def guess(_: int) -> type[Exception]:
        try:
            log_in("wrong", caller=STRANGER)
        except (InvalidCredentialsError, RateLimitedError) as error:
            return type(error)
        raise AssertionError

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(guess, range(40)))
    assert outcomes.count(InvalidCredentialsError) == 5


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("user")
def test_a_stranger_does_not_slow_the_owner() -> None:
    """Failures from one client address leave every other its own allowance."""
    fail(5)
    assert wait_asked_for(caller=STRANGER)
    assert log_in()


@pytest.mark.asvs("6.3.1")
@pytest.mark.usefixtures("user")
def test_a_known_browser_is_not_slowed_by_anybody() -> None:
    """Past the account's common allowance strangers wait; a browser that has signed in before does not."""
    device_token = log_in().device_token
    for number in range(20):
        fail(5, caller=Caller(ip=f"198.51.100.{number}", user_agent="", request_id=""))
    assert wait_asked_for(caller=Caller(ip="203.0.113.2", user_agent="", request_id=""))
    assert log_in(caller=Caller(ip=STRANGER.ip, user_agent="", request_id="", device_token=device_token))


@pytest.mark.asvs("6.3.8")
@pytest.mark.usefixtures("user")
def test_a_success_lifts_the_wait_of_its_own_client_alone(clock: MovableClock) -> None:
    """A stranger cannot tell from their own wait that the owner has signed in."""
    fail(5, caller=HOME)
    fail(5)
    clock.tick(seconds=1)
    log_in()
    fail(5, caller=HOME)
    fail(1)
    assert wait_asked_for(caller=STRANGER) == 2


@pytest.mark.asvs("11.2.2")
def test_a_cheap_hash_is_made_dearer(user: User, settings: Settings) -> None:
    """With a higher cost configured the next log-in stores it; with a lower one nothing changes."""
    settings.USER_AUTH = {**settings.USER_AUTH, "BCRYPT_ROUNDS": 5}
    log_in()
    dearer = accounts.find(ADDRESS)
    assert dearer
    assert "$2b$05$" in dearer.password_hash
    settings.USER_AUTH = {**settings.USER_AUTH, "BCRYPT_ROUNDS": 4}
    log_in()
    unchanged = accounts.find(ADDRESS)
    assert unchanged
    assert unchanged.password_hash == dearer.password_hash


def test_a_pepper_set_later_is_taken_up(user: User, settings: Settings) -> None:
    """Hashes made without PASSWORD_PEPPER stay good and are replaced by ones with it."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PASSWORD_PEPPER": "something that is not in the database"}
    log_in()
    stored = accounts.find(ADDRESS)
    assert stored
    assert Pepper.from_secret("something that is not in the database").id in stored.password_hash
    assert log_in()


@pytest.mark.asvs("13.3.4")
def test_an_older_secret_key_still_checks_passwords(user: User, settings: Settings) -> None:
    """SECRET_KEY_FALLBACKS keeps everybody's password through a change of key."""
    old = conf.settings().secret_key
    new = {**settings.USER_AUTH, "SECRET_KEY": "another key, and also long enough to be used"}
    settings.USER_AUTH = {**new, "SECRET_KEY_FALLBACKS": [old]}
    assert log_in()
    settings.USER_AUTH = new
    assert log_in()

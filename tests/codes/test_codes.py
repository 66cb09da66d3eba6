"""One-time codes: made at hand-over, counted before they are compared."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.conftest import MovableClock
from user_auth import codes
from user_auth.codes import Challenge, Opened, Purpose
from user_auth.codes.documents import Code
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCodeError, RateLimitedError
from user_auth.mail import outbox
from user_auth.mail.documents import Mail

pytestmark = pytest.mark.usefixtures("mongo")

ADDRESS = parse("ada@example.com")
IP = "192.0.2.1"
CALLER = Caller(ip=IP, user_agent="", request_id="r")


def begin() -> tuple[Opened, Challenge]:
    opened = codes.start(Purpose.SIGNUP, address=ADDRESS, data={})
    challenge = codes.find(opened.verification_id)
    assert challenge
    return opened, challenge


def hand_over() -> str:
    """Do what the mail worker does with the next mail, and return the code that it would carry."""
    mail = outbox.claim()
    assert mail
    challenge = codes.challenge_of(mail)
    assert challenge
    otp = codes.issue(challenge, mail=mail)
    outbox.sent(mail)
    return otp


def other_than(otp: str) -> str:
    return f"{(int(otp) + 1) % 1_000_000:06d}"


def is_refused(challenge: Challenge, otp: str) -> bool:
    try:
        codes.use(challenge, otp, ip=IP)
    except InvalidCodeError:
        return True
    return False


@pytest.mark.asvs("2.3.4", "6.5.1")
def test_the_right_code_uses_its_challenge_up() -> None:
    """It works once, and the challenge is not alive any more."""
    opened, challenge = begin()
    otp = hand_over()
    assert codes.use(challenge, otp, ip=IP).used_at
    assert codes.find(opened.verification_id) is None
    assert is_refused(challenge, otp)


def test_there_is_no_code_before_its_mail_is_handed_over() -> None:
    """Nothing in the database can be guessed at while the mail waits."""
    begin()
    assert Code.objects.count() == 0


@pytest.mark.asvs("6.6.3")
def test_five_wrong_guesses_kill_a_code() -> None:
    """After them the right one is refused like a wrong one."""
    _, challenge = begin()
    otp = hand_over()
    assert all(is_refused(challenge, other_than(otp)) for _ in range(5))
    assert is_refused(challenge, otp)


@pytest.mark.asvs("6.6.3")
def test_ten_wrong_guesses_kill_a_challenge(clock: MovableClock) -> None:
    """Sending the code again does not reset that count, and nothing can be sent after it."""
    opened, challenge = begin()
    otp = hand_over()
    assert all(is_refused(challenge, other_than(otp)) for _ in range(5))
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    renewed = codes.find(opened.verification_id)
    assert renewed
    otp = hand_over()
    assert all(is_refused(renewed, other_than(otp)) for _ in range(5))
    assert codes.find(opened.verification_id) is None


def test_guesses_at_a_dead_code_take_nothing_from_the_challenge(clock: MovableClock) -> None:
    """Whoever keeps typing at a dead code can still ask for a new one and succeed."""
    opened, challenge = begin()
    otp = hand_over()
    assert all(is_refused(challenge, other_than(otp)) for _ in range(9))
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    renewed = codes.find(opened.verification_id)
    assert renewed
    assert codes.use(renewed, hand_over(), ip=IP).used_at


@pytest.mark.asvs("6.6.3", "15.4.2")
def test_parallel_guesses_are_all_counted() -> None:
    """Of many guesses at once five are compared, the right one among the rest or not."""
    _, challenge = begin()
    otp = hand_over()
    with ThreadPoolExecutor(16) as pool:
        refused = list(pool.map(lambda _: is_refused(challenge, other_than(otp)), range(60)))
    assert all(refused)
    left = Code.objects.get(id=challenge.mail_id)
    living = Challenge.objects.get(id=challenge.id)
    assert (left.guesses_left, living.guesses_left) == (0, 5)


@pytest.mark.asvs("2.3.4", "15.4.2")
def test_of_parallel_right_codes_one_succeeds() -> None:
    """A challenge completes once, however often its code comes at the same time."""
    _, challenge = begin()
    otp = hand_over()
    with ThreadPoolExecutor(5) as pool:
        refused = list(pool.map(lambda _: is_refused(challenge, otp), range(5)))
    assert refused.count(False) == 1


@pytest.mark.asvs("6.4.1", "6.5.5")
def test_a_code_is_too_old_when_it_is_used(clock: MovableClock) -> None:
    """Its age counts at that moment, whatever the database has swept."""
    _, challenge = begin()
    otp = hand_over()
    clock.tick(seconds=301)
    assert Code.objects.count() == 1
    assert is_refused(challenge, otp)


def test_the_minutes_of_a_code_start_at_hand_over(clock: MovableClock) -> None:
    """A mail that waited an hour carries a code that is good for five minutes."""
    opened, _ = begin()
    clock.tick(seconds=3600)
    otp = hand_over()
    clock.tick(seconds=290)
    challenge = codes.find(opened.verification_id)
    assert challenge
    assert codes.use(challenge, otp, ip=IP).used_at


@pytest.mark.asvs("6.6.2")
def test_a_resend_voids_the_earlier_code(clock: MovableClock) -> None:
    """At once, not only when the new mail goes out."""
    opened, challenge = begin()
    otp = hand_over()
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    renewed = codes.find(opened.verification_id)
    assert renewed
    assert is_refused(renewed, otp)


def test_a_mail_that_was_overtaken_carries_no_code(clock: MovableClock) -> None:
    """When two mails wait, only the later one is for the challenge."""
    opened, challenge = begin()
    clock.tick(seconds=61)
    codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    first = outbox.claim()
    assert first
    assert codes.challenge_of(first) is None


@pytest.mark.asvs("2.4.2")
def test_a_resend_waits_for_the_cooldown(clock: MovableClock) -> None:
    """Inside it the answer says how many seconds are left; after it another mail goes out."""
    opened, challenge = begin()
    clock.tick(seconds=20)
    with pytest.raises(RateLimitedError) as refused:
        codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    assert refused.value.retry_after == 40
    clock.tick(seconds=41)
    assert codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None) == opened


def test_a_retried_mail_carries_the_same_code() -> None:
    """A code that may have reached somebody is not replaced by another."""
    begin()
    mail = outbox.claim()
    assert mail
    challenge = codes.challenge_of(mail)
    assert challenge
    otp = codes.issue(challenge, mail=mail)
    outbox.retry(mail, "421", wait=timedelta(0))
    again = outbox.claim()
    assert again
    assert codes.issue(challenge, mail=again) == otp


def test_guesses_by_address_leave_the_holder_of_the_id_their_own() -> None:
    """Whoever knows only the address cannot kill the code."""
    _, challenge = begin()
    otp = hand_over()
    for _ in range(10):
        with pytest.raises(InvalidCodeError):
            codes.use(challenge, other_than(otp), ip=IP, by_address=True)
    assert codes.use(challenge, otp, ip=IP).used_at


@pytest.mark.asvs("14.2.4")
def test_nothing_stored_opens_a_challenge() -> None:
    """Neither the id nor the code can be read in the database."""
    opened, _ = begin()
    otp = hand_over()
    stored = repr([list(kind._get_collection().find()) for kind in (Challenge, Code, Mail)])
    assert opened.verification_id not in stored
    assert f"'{otp}'" not in stored

"""Guesses at a code: each is counted before it is compared."""

from collections.abc import Callable
from typing import TypeVar

from user_auth import conf, limits
from user_auth.codes.documents import Challenge, Code
from user_auth.crypto import codes
from user_auth.crypto.keys import Purpose as KeyPurpose
from user_auth.foundation import clock
from user_auth.foundation.errors import AuthError, InvalidCodeError

T = TypeVar("T")


def use(challenge: Challenge, otp: str, *, ip: str, device: str | None = None, by_address: bool = False) -> Challenge:
    """Use a challenge up with its code; of several that bring the right one at once, one succeeds.

    Args:
        by_address: Whether the guesser named only the address; such guesses have a count of their own.

    Raises:
        InvalidCodeError: Wrong, expired, used and dead alike.
        RateLimitedError: Too many wrong codes for this address and purpose today.
    """
    counter = "email_guesses_left" if by_address else "guesses_left"
    _guess(challenge, otp, ip=ip, device=device, counter=counter)
    return _mark_used(challenge, counter=counter)


def use_for(effect: Callable[[], T], *, challenge: Challenge, otp: str, ip: str, device: str | None = None) -> T:
    """Do what a challenge is for, provided that the code is right; with that it is used up.

    Args:
        effect: One write that, by its own condition, happens once for several that bring the code at the same time,
            and that makes a decoy of the challenge: nothing is lost if the process ends right after it. When it
            refuses, the guess is given back and the code stays alive.

    Returns:
        What ``effect`` returned.

    Raises:
        AuthError: What ``effect`` refuses with.
        InvalidCodeError: Wrong, expired, used and dead alike.
        RateLimitedError: Too many wrong codes for this address and purpose today.
    """
    code = _guess(challenge, otp, ip=ip, device=device, counter="guesses_left")
    try:
        outcome = effect()
    except AuthError:
        Code.objects(id=code.id).update_one(inc__guesses_left=1)
        raise
    Challenge.objects(id=challenge.id).update_one(used_at=clock.now())
    return outcome


def _guess(challenge: Challenge, otp: str, *, ip: str, device: str | None, counter: str) -> Code:
    """Return the code if it was right; a wrong guess is counted, a right one only off the code."""
    spent = limits.spend_account(
        limits.CODES, account=challenge.email_digest, ip=ip, device=device, scope=challenge.purpose
    )
    code = _spend_guess(challenge, counter=counter)
    if code is None or not _matches(otp, code=code, challenge=challenge):
        _count_wrong(challenge if code else None, counter=counter)
        raise InvalidCodeError
    spent.give_back()
    return code


def _spend_guess(challenge: Challenge, *, counter: str) -> Code | None:
    """Take one guess off the live code of the challenge's latest mail; ``None`` when there is none to guess at."""
    guessable = Code.objects(id=challenge.mail_id, expires_at__gt=clock.now(), **_some_left(counter))
    return guessable.modify(**{f"dec__{counter}": 1})


def _matches(otp: str, *, code: Code, challenge: Challenge) -> bool:
    key = conf.key(KeyPurpose.CODE)
    return codes.matches(otp, code.digest, key=key, purpose=challenge.purpose, challenge_id=challenge.id)


def _count_wrong(challenge: Challenge | None, *, counter: str) -> None:
    """Take one off the challenge's own count; a guess at a code that is dead or gone takes nothing."""
    # The same command for nobody: a missing one would tell the clock whether there is a code.
    whose = challenge.id if challenge else ""
    Challenge.objects(id=whose, **_some_left(counter)).update_one(**{f"dec__{counter}": 1})


def _mark_used(challenge: Challenge, *, counter: str) -> Challenge:
    now = clock.now()
    alive = Challenge.objects(
        id=challenge.id, mail_id=challenge.mail_id, used_at=None, expires_at__gt=now, **_some_left(counter)
    )
    used = alive.modify(new=True, used_at=now)
    if used is None:
        raise InvalidCodeError
    return used


def _some_left(counter: str) -> dict[str, int]:
    return {f"{counter}__gt": 0}

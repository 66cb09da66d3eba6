"""Guesses at a code: each is counted before it is compared."""

from user_auth import conf, limits
from user_auth.codes.documents import Challenge, Code
from user_auth.crypto import codes
from user_auth.crypto.keys import Purpose as KeyPurpose
from user_auth.foundation import clock
from user_auth.foundation.errors import InvalidCodeError


def use(challenge: Challenge, otp: str, *, ip: str, device: str | None = None, by_address: bool = False) -> Challenge:
    """Use a challenge up with its code; of several that bring the right one at once, one succeeds.

    Args:
        by_address: Whether the guesser named only the address; such guesses have a count of their own.

    Raises:
        InvalidCodeError: Wrong, expired, used and dead alike.
        RateLimitedError: Too many wrong codes for this address and purpose today.
    """
    spent = limits.spend_account(
        limits.CODES, account=challenge.email_digest, ip=ip, device=device, scope=challenge.purpose
    )
    counter = "email_guesses_left" if by_address else "guesses_left"
    code = _spend_guess(challenge, counter=counter)
    if code is None:
        raise InvalidCodeError
    if not _matches(otp, code=code, challenge=challenge):
        _count_wrong(challenge, counter=counter)
        raise InvalidCodeError
    used = _mark_used(challenge, counter=counter)
    spent.give_back()
    return used


def _spend_guess(challenge: Challenge, *, counter: str) -> Code | None:
    """Take one guess off the live code of the challenge's latest mail; ``None`` when there is none to guess at."""
    guessable = Code.objects(id=challenge.mail_id, expires_at__gt=clock.now(), **_some_left(counter))
    return guessable.modify(**{f"dec__{counter}": 1})


def _matches(otp: str, *, code: Code, challenge: Challenge) -> bool:
    key = conf.key(KeyPurpose.CODE)
    return codes.matches(otp, code.digest, key=key, purpose=challenge.purpose, challenge_id=challenge.id)


def _count_wrong(challenge: Challenge, *, counter: str) -> None:
    """Take one off the challenge's own count; a guess at a code that is dead or gone never comes here."""
    Challenge.objects(id=challenge.id, **_some_left(counter)).update_one(**{f"dec__{counter}": 1})


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

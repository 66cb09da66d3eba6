"""Challenges: opened, and their code sent again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from user_auth import conf, limits
from user_auth.accounts import User
from user_auth.codes.documents import Challenge
from user_auth.codes.purposes import Purpose
from user_auth.crypto import digests
from user_auth.foundation import clock, ids
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import RateLimitedError
from user_auth.mail import occasions, outbox

CODE_DIGITS = 6


@dataclass(frozen=True)
class Opened:
    """A challenge as its requester sees it.

    Attributes:
        verification_id: Leaves the building; only its digest is stored.
        expires_in: Seconds that a code lives from the moment its mail is handed over.
        resend_after: Seconds until another code may be asked for.
    """

    verification_id: str
    expires_in: int
    resend_after: int
    otp_length: int = CODE_DIGITS


def start(purpose: Purpose, *, address: EmailAddress, data: Mapping[str, str], caller: Caller | None = None) -> Opened:
    """Open a challenge and queue the mail with its code; whether it is a decoy is decided when that is handed over.

    Args:
        caller: Who asks; the mail tells of it. ``None`` for what nobody asked for.
    """
    verification_id, now, settings = ids.random_id(n_bytes=32), clock.now(), conf.settings()
    challenge = Challenge(
        id=digests.sha256_hex(verification_id),
        purpose=purpose,
        email=address.stored,
        email_digest=address.digest,
        data=dict(data),
        mail_id=ObjectId(),
        guesses_left=settings.otp_challenge_guesses,
        email_guesses_left=settings.otp_challenge_guesses,
        resend_at=now + settings.otp_resend,
        created_at=now,
        expires_at=now + purpose.life,
    )
    challenge.store()
    _queue_mail(challenge, caller=caller)
    return _opened(verification_id)


def find(verification_id: str) -> Challenge | None:
    """Return a challenge that is alive: young enough, not used, not guessed to death, and of a purpose that we know."""
    living = Challenge.objects(
        id=digests.sha256_hex(verification_id), used_at=None, guesses_left__gt=0, expires_at__gt=clock.now()
    )
    return living.filter(purpose__in=[*Purpose]).first()


def find_only(address: EmailAddress, *, purpose: Purpose) -> Challenge | None:
    """Return the living challenge of an address if there is exactly one."""
    found = Challenge.objects(
        email_digest=address.digest, purpose=purpose, used_at=None, guesses_left__gt=0, expires_at__gt=clock.now()
    ).limit(2)
    living = list(found)
    return living[0] if len(living) == 1 else None


def nobodys(address: EmailAddress, *, purpose: Purpose) -> Challenge:
    """Return a challenge that is not stored, for a guess at an address that has none: it costs the same and opens nothing."""
    now = clock.now()
    return Challenge(
        id=ids.random_id(),
        purpose=purpose,
        email=address.stored,
        email_digest=address.digest,
        mail_id=ObjectId(),
        guesses_left=0,
        email_guesses_left=0,
        resend_at=now,
        created_at=now,
        expires_at=now,
    )


def resend(challenge: Challenge, *, verification_id: str, caller: Caller, device: str | None) -> Opened:
    """Send a new code for a living challenge; the old one stops working.

    Raises:
        RateLimitedError: Too soon after the last one, or too many.
    """
    _require_cooled_down(challenge)
    limits.spend_account(limits.MAILS, account=challenge.email_digest, ip=caller.ip, device=device)
    _queue_mail(_renew(challenge), caller=caller)
    return _opened(verification_id)


def _require_cooled_down(challenge: Challenge) -> None:
    seconds_left = (challenge.resend_at - clock.now()).total_seconds()
    if seconds_left > 0:
        raise RateLimitedError(retry_after=-int(-seconds_left // 1))


def _renew(challenge: Challenge) -> Challenge:
    """Give the challenge a new mail; of several that try at once, one may."""
    now, pause = clock.now(), conf.settings().otp_resend
    renewed = Challenge.objects(id=challenge.id, used_at=None, guesses_left__gt=0, resend_at__lte=now).modify(
        new=True, mail_id=ObjectId(), resend_at=now + pause
    )
    if renewed is None:
        raise RateLimitedError(retry_after=-int(-pause.total_seconds() // 1))
    return renewed


def _queue_mail(challenge: Challenge, *, caller: Caller | None) -> None:
    outbox.enqueue(
        Purpose(challenge.purpose).mail_kind,
        to=challenge.address.wire,
        data=occasions.of(caller) if caller else {},
        challenge_id=challenge.id,
        mail_id=challenge.mail_id,
    )


def _opened(verification_id: str) -> Opened:
    settings = conf.settings()
    return Opened(
        verification_id=verification_id,
        expires_in=int(settings.otp_life.total_seconds()),
        resend_after=int(settings.otp_resend.total_seconds()),
    )


def is_of(challenge: Challenge, user: User) -> bool:
    """Tell whether a challenge is still for this account: none from before its latest password or address is."""
    return challenge.created_at > user.secured_at


def used_before(moment: datetime, *, purpose: Purpose, most: int) -> Iterable[Challenge]:
    """Return challenges that were used before a time and not forgotten since, oldest first."""
    return Challenge.objects(used_at__lt=moment, purpose=purpose).order_by("used_at").limit(most)


def forget(challenges: Iterable[Challenge]) -> None:
    """Delete challenges that are complete."""
    Challenge.objects(id__in=[challenge.id for challenge in challenges]).delete()

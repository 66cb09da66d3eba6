"""A code is made when its mail is handed over to SMTP; its minutes start then."""

from user_auth import conf
from user_auth.codes.documents import Challenge, Code
from user_auth.crypto import boxes, codes
from user_auth.crypto.keys import Purpose as KeyPurpose
from user_auth.foundation import clock
from user_auth.mail import outbox
from user_auth.mail.documents import Mail


def challenge_of(mail: Mail) -> Challenge | None:
    """Return the challenge that a mail is for; ``None`` when it is over or a later mail took this one's place."""
    return Challenge.objects(id=mail.challenge_id, mail_id=mail.id, used_at=None, expires_at__gt=clock.now()).first()


def issue(challenge: Challenge, *, mail: Mail) -> str:
    """Return the code that ``mail`` carries, alive from now on: the same one at every try to send that mail.

    Raises:
        BrokenBoxError: The code of an earlier try was sealed with a key that is gone.
    """
    otp = _code_of(mail)
    key = conf.key(KeyPurpose.CODE)
    digest = codes.digest(otp, key=key, purpose=challenge.purpose, challenge_id=challenge.id)
    _make_live(challenge, mail=mail, digest=digest)
    return otp


def _code_of(mail: Mail) -> str:
    key = conf.key(KeyPurpose.OUTBOX)
    if mail.sealed_code:
        return boxes.unseal(key, mail.sealed_code, context=str(mail.id))
    otp = codes.generate()
    outbox.keep_code(mail, boxes.seal(key, otp, context=str(mail.id)))
    return otp


def _make_live(challenge: Challenge, *, mail: Mail, digest: str) -> None:
    """Store the code, or give it its minutes anew; guesses already made at it stay made."""
    settings = conf.settings()
    Code.objects(id=mail.id).update_one(
        upsert=True,
        digest=digest,
        expires_at=clock.now() + settings.otp_life,
        # Never more than the challenge itself survives, so that guesses at once cannot pass its count.
        set_on_insert__guesses_left=min(settings.otp_guesses, challenge.guesses_left),
        set_on_insert__email_guesses_left=min(settings.otp_guesses, challenge.email_guesses_left),
    )

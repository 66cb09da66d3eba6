"""The mails of forgotten and changed passwords, composed when they are handed over."""

from user_auth import accounts, codes, conf
from user_auth.mail import notices
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer

CHANGED = "password_changed"
RESET = "password_reset"

notices.register(CHANGED, RESET)


@composer(codes.Purpose.RESET.mail_kind)
def reset_code(mail: Mail) -> Letter | None:
    """Compose the code; for an address without an account that may be used, make one that nobody gets."""
    challenge = codes.challenge_of(mail)
    if challenge is None:
        return None
    otp = codes.issue(challenge, mail=mail)
    user = accounts.find(challenge.address)
    if user is None or not user.is_active or not codes.is_of(challenge, user):
        return None
    minutes = round(conf.settings().otp_life.total_seconds() / 60)
    # To the address as its owner wrote it: what was typed by whoever asks may be another mailbox to its server.
    return Letter(to=user.address.wire, template="reset_code", context={"code": otp, "minutes": minutes})

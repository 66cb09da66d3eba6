"""The mails of a changing address, composed when they are handed over."""

from bson import ObjectId

from user_auth import accounts, codes, conf
from user_auth.mail import notices
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer

CHANGING = "email_changing"
CHANGED = "email_changed"

notices.register(CHANGING, CHANGED)


@composer(codes.Purpose.EMAIL.mail_kind)
def email_code(mail: Mail) -> Letter | None:
    """Compose the code; for an address that has an account, a notice to its owner, and a code that nobody gets."""
    challenge = codes.challenge_of(mail)
    if challenge is None:
        return None
    otp = codes.issue(challenge, mail=mail)
    user = accounts.get(ObjectId(challenge.data["user_id"]))
    if user is None or not user.is_active or not codes.is_of(challenge, user):
        return None
    owner = accounts.find(challenge.address)
    if owner and owner.id != user.id:
        return Letter(to=owner.address.wire, template="email_taken")
    minutes = round(conf.settings().otp_life.total_seconds() / 60)
    return Letter(to=mail.to, template="email_code", context={"code": otp, "minutes": minutes})

"""The mails of signing up, composed when they are handed over."""

from user_auth import accounts, codes, conf
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer


@composer(codes.Purpose.SIGNUP.mail_kind)
def signup_code(mail: Mail) -> Letter | None:
    """Compose the code; for an address that has an account, a notice to its owner, and a code that nobody gets."""
    challenge = codes.challenge_of(mail)
    if challenge is None:
        return None
    otp = codes.issue(challenge, mail=mail)
    if accounts.find(challenge.address):
        return Letter(to=mail.to, template="signup_notice", context={})
    minutes = round(conf.settings().otp_life.total_seconds() / 60)
    return Letter(to=mail.to, template="signup_code", context={"code": otp, "minutes": minutes})

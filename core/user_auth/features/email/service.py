"""The rules of changing an address.

Whether the new address has an account is looked up when the mail with the code is composed, and decided by a unique
index when the code comes: the request that asks for the code cannot tell anybody. The change is one write: it ends
every session, makes decoys of all codes that were asked for before, and carries the notices that it owes.
"""

from dataclasses import dataclass

from user_auth import accounts, audit, codes, limits, sessions
from user_auth.accounts import User, notices
from user_auth.audit import Event
from user_auth.codes import Challenge, Opened, Purpose
from user_auth.features.email import mails
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import FieldProblem, InvalidCodeError, InvalidFieldsError, SessionRevokedError
from user_auth.mail import correspondence, occasions, outbox
from user_auth.sessions import Checked, Reason
from user_auth.signin import confirm, devices, known_device


@dataclass(frozen=True)
class Moved:
    """A changed address.

    Attributes:
        device_token: The device cookie's new value: it proves a device by the address.
    """

    user: User
    device_token: str


def ask_for_code(checked: Checked, *, address: EmailAddress, password: str, caller: Caller) -> Opened:
    """Have a code mailed to a new address, and tell the old one; the old one stays good until the code comes back.

    Raises:
        InvalidFieldsError: It is the address that the account has, to the letter.
        InvalidPasswordError: The password is wrong.
        RateLimitedError: Too many wrong passwords today, or too many mails to the new address.
        SessionRevokedError: The account was deleted in the same moment.
        UnavailableError: No core was free to check the password.
    """
    user = checked.user
    if address.stored == user.email:
        raise InvalidFieldsError(errors=[FieldProblem("new_email", "invalid", "This is the address that you have.")])
    confirm(checked, password=password, caller=caller)
    device = known_device(caller.device_token, address=address)
    limits.spend_account(limits.MAILS, account=address.digest, ip=caller.ip, device=device)
    # First the notice: a process that dies in between leaves one for nothing, not a code that nobody heard of.
    outbox.enqueue(mails.CHANGING, to=user.address.wire, data=occasions.of(caller))
    opened = codes.start(Purpose.EMAIL, address=address, data={"user_id": str(user.id)}, caller=caller)
    _require_there(user)
    subject = accounts.pseudonym(user)
    audit.record(Event.EMAIL_CHANGE_REQUESTED, outcome="success", caller=caller, subject=subject)
    return opened


def move(checked: Checked, *, verification_id: str, otp: str, caller: Caller) -> Moved:
    """Give the account its new address with the code that went there; every other session of the user ends.

    Raises:
        InvalidCodeError: Wrong, expired, used, dead, unknown or another user's; or the address has an account, or this
            account another password or address since.
        RateLimitedError: Too many wrong codes for this address today.
    """
    before = checked.user
    try:
        user = _move(checked, _find(verification_id, user=before), otp=otp, caller=caller)
    except InvalidCodeError:
        subject = accounts.pseudonym(before)
        audit.record(Event.CODE_FAILED, outcome="failure", caller=caller, subject=subject)
        raise
    sessions.end_others(user, reason=Reason.EMAIL_CHANGED, caller=caller, keep=checked.session)
    notices.queue(user)
    audit.record(Event.EMAIL_CHANGED, outcome="success", caller=caller, subject=accounts.pseudonym(user))
    return Moved(user=user, device_token=devices.remember(caller.device_token, address=user.address))


def _require_there(user: User) -> None:
    # Asked after the challenge is written: a deletion either has seen it, or is seen here.
    if not accounts.is_there(user):
        codes.erase(codes.concerning(user))
        correspondence.erase(user.address)
        raise SessionRevokedError(reason=Reason.ACCOUNT_DELETED)


def _find(verification_id: str, *, user: User) -> Challenge:
    challenge = codes.find(verification_id)
    if challenge is None or challenge.purpose != Purpose.EMAIL or challenge.data["user_id"] != str(user.id):
        raise InvalidCodeError
    return challenge


def _move(checked: Checked, challenge: Challenge, *, otp: str, caller: Caller) -> User:
    return codes.use_for(
        lambda: _set_by_code(checked, challenge, caller=caller),
        challenge=challenge,
        otp=otp,
        ip=caller.ip,
        # Known by the old address: nobody can have signed in by the new one, and strangers must not slow its owner.
        device=known_device(caller.device_token, address=checked.user.address),
    )


def _set_by_code(checked: Checked, challenge: Challenge, *, caller: Caller) -> User:
    user = checked.user
    if not codes.is_of(challenge, user):
        raise InvalidCodeError
    # Where only the spelling changes, one notice will do.
    concerned = {address.digest: address for address in (user.address, challenge.address)}
    moved = accounts.set_address(
        user,
        challenge.address,
        reason=Reason.EMAIL_CHANGED,
        generation=sessions.carry(checked.session, email_digest=challenge.email_digest),
        owes=[notices.owed(mails.CHANGED, to=address, caller=caller) for address in concerned.values()],
    )
    if moved is None:
        # The new address has an account, or another change of this one came first.
        raise InvalidCodeError
    return moved

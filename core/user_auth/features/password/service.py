"""The rules of forgotten and changed passwords.

Whether an address has an account is looked up when the mail with the code is composed, and when the right code comes;
the request that asks for the code cannot tell anybody. A new password is one write: it ends every session, makes decoys
of all codes that were asked for before, and carries the notice that it owes.
"""

from user_auth import accounts, audit, codes, limits, sessions
from user_auth.accounts import User, notices, passwords
from user_auth.audit import Event
from user_auth.codes import Challenge, Opened, Purpose
from user_auth.features.password import mails
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    FieldProblem,
    InvalidCodeError,
    InvalidPasswordError,
    SessionRevokedError,
    WeakPasswordError,
)
from user_auth.sessions import Checked, Reason, Session
from user_auth.signin import confirm, known_device

NEW = "new_password"


def ask_for_code(address: EmailAddress, *, caller: Caller) -> Opened:
    """Have a code mailed that resets the password; the answer is the same whether or not there is an account.

    Raises:
        RateLimitedError: Too many mails to this address.
    """
    device = known_device(caller.device_token, address=address)
    limits.spend_account(limits.MAILS, account=address.digest, ip=caller.ip, device=device)
    opened = codes.start(Purpose.RESET, address=address, data={}, caller=caller)
    audit.record(Event.RESET_REQUESTED, outcome="success", caller=caller, subject=None)
    return opened


def reset(verification_id: str, *, otp: str, password: str, caller: Caller) -> None:
    """Set a new password with a code; every session of the user ends, and nobody is signed in.

    Raises:
        InvalidCodeError: Wrong, expired, used, dead or unknown; or the account has another password since.
        WeakPasswordError: The code is right and stays alive, but the password breaks a rule.
        RateLimitedError: Too many wrong codes for this address today.
        UnavailableError: No core was free to hash the password; the code stays alive.
    """
    try:
        user = _reset(_find(verification_id), otp=otp, password=password, caller=caller)
    except InvalidCodeError:
        audit.record(Event.CODE_FAILED, outcome="failure", caller=caller, subject=None)
        raise
    _settle(user, reason=Reason.PASSWORD_RESET, event=Event.PASSWORD_RESET, caller=caller)
    device = known_device(caller.device_token, address=user.address)
    limits.forgive(limits.LOGIN, account=user.email_digest, ip=caller.ip, device=device)


def change(checked: Checked, *, current: str, new: str, caller: Caller) -> None:
    """Set a new password inside a session; every other session of the user ends.

    Raises:
        InvalidPasswordError: The current password is wrong, or is no longer the current one.
        WeakPasswordError: The new one breaks a rule.
        RateLimitedError: Too many wrong passwords today.
        SessionRevokedError: Every session of the user was ended in the same moment.
        UnavailableError: No core was free to hash the password.
    """
    user = checked.user
    confirm(checked, password=current, caller=caller)
    _require_fit(new, user=user)
    changed = accounts.set_password(
        user,
        password_hash=passwords.hash_password(new),
        reason=Reason.PASSWORD_CHANGED,
        generation=sessions.carry(checked.session, email_digest=user.email_digest),
        owes=[notices.owed(mails.CHANGED, to=user.address, caller=caller)],
    )
    if changed is None:
        raise _overtaken(user)
    _settle(changed, reason=Reason.PASSWORD_CHANGED, event=Event.PASSWORD_CHANGED, caller=caller, keep=checked.session)


def _find(verification_id: str) -> Challenge:
    challenge = codes.find(verification_id)
    if challenge is None or challenge.purpose != Purpose.RESET:
        raise InvalidCodeError
    return challenge


def _reset(challenge: Challenge, *, otp: str, password: str, caller: Caller) -> User:
    return codes.use_for(
        lambda: _set_by_code(challenge, password=password, caller=caller),
        challenge=challenge,
        otp=otp,
        ip=caller.ip,
        device=known_device(caller.device_token, address=challenge.address),
    )


def _set_by_code(challenge: Challenge, *, password: str, caller: Caller) -> User:
    user = accounts.find(challenge.address)
    if user is None or not codes.is_of(challenge, user):
        # A decoy from the beginning, or since the account got another password.
        raise InvalidCodeError
    _require_fit(password, user=user)
    changed = accounts.reset_password(
        user,
        password_hash=passwords.hash_password(password),
        asked_at=challenge.created_at,
        reason=Reason.PASSWORD_RESET,
        owes=[notices.owed(mails.RESET, to=user.address, caller=caller)],
    )
    if changed is None:
        raise InvalidCodeError
    return changed


def _require_fit(password: str, *, user: User) -> None:
    """Judge a new password of somebody who has one."""
    passwords.require_strong(password, address=user.address, param=NEW)
    if passwords.verify(password, user=user):
        raise WeakPasswordError(errors=[FieldProblem(NEW, "unchanged", "This is the password that you have.")])


def _settle(user: User, *, reason: Reason, event: Event, caller: Caller, keep: Session | None = None) -> None:
    """Do what a new password entails; what a crash leaves of it is refused already, or owed."""
    sessions.end_others(user, reason=reason, caller=caller, keep=keep)
    notices.queue(user)
    audit.record(event, outcome="success", caller=caller, subject=accounts.pseudonym(user))


def _overtaken(user: User) -> InvalidPasswordError | SessionRevokedError:
    """Return the refusal of a change that came too late: another one decided in the same moment."""
    now = accounts.get(user.id)
    if now is None:
        return SessionRevokedError(reason=Reason.ACCOUNT_DELETED)
    if now.password_hash != user.password_hash:
        return InvalidPasswordError()
    return SessionRevokedError(reason=now.generation_reason)

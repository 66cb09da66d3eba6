"""A password asked for again inside a session."""

import math

from user_auth import accounts, audit, conf, limits, sessions
from user_auth.accounts import passwords
from user_auth.audit import Event
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidPasswordError, SessionRevokedError, UnavailableError
from user_auth.limits import Spent
from user_auth.sessions import Checked, Reason, tries
from user_auth.signin import devices


def confirm(checked: Checked, *, password: str, caller: Caller) -> None:
    """Have the user of a session prove who they are; too many wrong passwords in a row end the session.

    Raises:
        InvalidPasswordError: It is wrong.
        RateLimitedError: Too many wrong ones today.
        SessionRevokedError: The session was ended meanwhile.
        UnavailableError: No core was free to check it.
    """
    session, most = checked.session, _most_in_a_row()
    spent, number = _charge(checked, caller=caller)
    if number <= most and _is_right(checked, password, spent=spent):
        spent.give_back()
        tries.forget(session)
        return
    subject = accounts.pseudonym(checked.user)
    audit.record(Event.PASSWORD_NOT_CONFIRMED, outcome="failure", caller=caller, subject=subject)
    if number >= most:
        sessions.end([session], reason=Reason.REVOKED, caller=caller)
    raise InvalidPasswordError


def _most_in_a_row() -> float:
    settings = conf.settings()
    return settings.limit_password_session if settings.rate_limits else math.inf


def _charge(checked: Checked, *, caller: Caller) -> tuple[Spent, int]:
    """Count a try before the password is compared, so that guesses at once are all counted.

    Returns:
        What it was charged to, and how many there were in a row.
    """
    user, session = checked.user, checked.session
    device = devices.known(caller.device_token, address=user.address)
    spent = limits.spend_account(limits.PASSWORD, account=user.email_digest, ip=caller.ip, device=device)
    number = tries.spend(session)
    if number is None:
        spent.give_back()
        raise SessionRevokedError(reason=sessions.reason_of(session.id))
    return spent, number


def _is_right(checked: Checked, password: str, *, spent: Spent) -> bool:
    try:
        return passwords.verify(password, user=checked.user)
    except UnavailableError:
        # It could not be tried, through no fault of whoever asked.
        spent.give_back()
        tries.take_back(checked.session)
        raise

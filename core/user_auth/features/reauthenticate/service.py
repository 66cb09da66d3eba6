"""The rules of proving once more who one is: the session goes on, with a new secret and a fresh proof."""

from user_auth import accounts, audit, sessions
from user_auth.audit import Event
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionError
from user_auth.sessions import Checked, Started
from user_auth.signin import SignedIn, confirm, devices


def reauthenticate(checked: Checked, *, password: str, caller: Caller) -> SignedIn:
    """Check the password of a session's user and give the session a new secret; its old token is ``replaced``.

    Raises:
        InvalidPasswordError: It is wrong; after several in a row the session is over.
        RateLimitedError: Too many wrong ones today.
        SessionError: The session was ended, or another request gave it a new secret, in the same moment.
        UnavailableError: No core was free to check the password.
    """
    user = checked.user
    confirm(checked, password=password, caller=caller)
    started = sessions.renew(checked.session, user=user, caller=caller, methods=["pwd"])
    _require_good(started)
    details = {"session": started.session.handle}
    audit.record(
        Event.SESSION_RENEWED, outcome="success", caller=caller, subject=accounts.pseudonym(user), details=details
    )
    device_token = devices.remember(caller.device_token, address=user.address)
    return SignedIn(user=user, session=started.session, token=started.token, device_token=device_token)


def _require_good(started: Started) -> None:
    # Asked after it is written: whoever ended the user's sessions meanwhile either has seen this one, or is seen here.
    try:
        sessions.check_anew(started.token)
    except SessionError:
        sessions.discard(started.session)
        raise

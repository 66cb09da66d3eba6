"""The last steps of every way in."""

from collections.abc import Sequence
from dataclasses import dataclass

from user_auth import accounts, audit, sessions, signals
from user_auth.accounts import User
from user_auth.audit import Event
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.sessions import Reason, Session
from user_auth.signin import devices, notices


@dataclass(frozen=True)
class SignedIn:
    """A finished sign-in.

    Attributes:
        token: Of the new session; this is the last time it can be read.
        device_token: The device cookie's new value.
    """

    user: User
    session: Session
    token: str
    device_token: str


def finish(
    user: User, *, caller: Caller, methods: Sequence[str], replaces: str | None = None, failures: int = 0
) -> SignedIn:
    """Start a session for a user who has proven who they are.

    Args:
        replaces: A token whose session ends; one that is not genuine is passed over.
        failures: How many tries had failed before.

    Raises:
        InvalidCredentialsError: The account was deleted, disabled or given another password or address meanwhile.
    """
    if replaces:
        sessions.end_presented(replaces, reason=Reason.REPLACED, caller=caller)
    started = sessions.start(user, caller=caller, methods=methods)
    # Asked after the session is written: whoever ended the account's sessions either has seen this one, or is seen here.
    is_first = accounts.note_sign_in(user)
    if is_first is None:
        sessions.discard(started.session)
        raise InvalidCredentialsError
    audit.record(Event.LOGIN_SUCCEEDED, outcome="success", caller=caller, subject=accounts.pseudonym(user))
    signals.signed_in.send_robust(sender=User, user_id=str(user.id), email=user.email, methods=tuple(methods))
    notices.send(user, caller=caller, failures=failures, is_known=is_first or started.is_like_another)
    device_token = devices.remember(caller.device_token, address=user.address)
    return SignedIn(user=user, session=started.session, token=started.token, device_token=device_token)

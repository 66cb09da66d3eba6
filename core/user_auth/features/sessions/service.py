"""The rules of one's own sessions: seen, and ended one by one or together."""

from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import NotFoundError
from user_auth.sessions import Checked, Reason, Session


def end_one(checked: Checked, handle: str, *, caller: Caller) -> None:
    """End one of the user's sessions, which may be the current one.

    Raises:
        NotFoundError: The user has no living session of that name.
    """
    named = [session for session in sessions.of(checked.user) if session.handle == handle]
    if not named:
        raise NotFoundError
    sessions.end(named, reason=Reason.REVOKED, caller=caller)


def end_others(checked: Checked, *, caller: Caller) -> None:
    """End all of the user's sessions but the current one."""
    generation = sessions.carry(checked.session, email_digest=checked.user.email_digest)
    _begin_generation(checked.user, generation=generation, keep=checked.session, caller=caller)


def end_all(checked: Checked, *, caller: Caller) -> None:
    """End all of the user's sessions."""
    _begin_generation(checked.user, caller=caller)


def _begin_generation(
    user: User, *, caller: Caller, generation: str | None = None, keep: Session | None = None
) -> None:
    """End sessions by one write, whatever becomes of the process after it; what follows leaves their tokens the reason."""
    after = accounts.end_generation(user, reason=Reason.REVOKED, generation=generation)
    if after:
        sessions.end_others(after, reason=Reason.REVOKED, caller=caller, keep=keep)

"""The rules of having an account, and of having one no more.

A deletion begins with one write, a mark that ends every session and every way in. All that is held about the user
goes next, and the record with the mark last: whatever a process leaves when it dies on the way, the sweep finds the
mark and does the rest.
"""

from datetime import timedelta

from user_auth import accounts, audit, codes, sessions, signals
from user_auth.accounts import User, admins
from user_auth.audit import Event
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionRevokedError
from user_auth.mail import correspondence, worker
from user_auth.sessions import Checked, Reason
from user_auth.signin import confirm

# Longer than any request lives.
SWEEP_AFTER = timedelta(seconds=10)
SWEEP_BATCH = 100


def rename(checked: Checked, *, name: str, caller: Caller) -> User:
    """Change what the user is called.

    Raises:
        SessionRevokedError: The account was deleted, or got another address, in the same moment.
    """
    user = accounts.rename(checked.user, name)
    if user is None:
        raise _overtaken(accounts.get(checked.user.id))
    audit.record(Event.USER_UPDATED, outcome="success", caller=caller, subject=accounts.pseudonym(user))
    return user


def delete(checked: Checked, *, password: str, caller: Caller) -> None:
    """Delete the user's account and everything that is held about them.

    Raises:
        InvalidPasswordError: The password is wrong; after several in a row the session is over.
        RateLimitedError: Too many wrong ones today.
        LastAdminError: Nobody would be left to look after the others.
        SessionRevokedError: The user's sessions were ended in the same moment.
        UnavailableError: No core was free to check the password, or others kept changing who is an admin.
    """
    confirm(checked, password=password, caller=caller)
    _erase(_mark(checked.user), caller=caller)


@worker.chore
def sweep() -> int:
    """Complete the deletions that a process left half done; return how many there were."""
    left = list(accounts.deletions_begun(clock.now() - SWEEP_AFTER, most=SWEEP_BATCH))
    for user in left:
        _erase(user, caller=None)
    return len(left)


def _mark(user: User) -> User:
    with admins.spared(user):
        marked = accounts.begin_deletion(user, reason=Reason.ACCOUNT_DELETED)
    if marked:
        return marked
    now = accounts.get(user.id)
    if now is None or now.generation != user.generation:
        raise _overtaken(now)
    # It has become an admin since it was read.
    return _mark(now)


def _erase(user: User, *, caller: Caller | None) -> None:
    """Remove what is held about a marked account, its record last; can be done again from any point."""
    sessions.end(sessions.records_of(user), reason=Reason.ACCOUNT_DELETED, caller=caller)
    codes.erase(codes.concerning(user))
    correspondence.erase(user.address)
    audit.record(Event.USER_DELETED, outcome="success", caller=caller, subject=accounts.pseudonym(user))
    # Before the record goes, so that a process that dies here says it twice rather than never.
    signals.account_deleted.send_robust(sender=User, user_id=str(user.id), email=user.email)
    accounts.delete(user)


def _overtaken(now: User | None) -> SessionRevokedError:
    """Return the refusal of a request whose account has become another since it was read."""
    return SessionRevokedError(reason=now.generation_reason if now else Reason.ACCOUNT_DELETED)

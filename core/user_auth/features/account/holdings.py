"""Everything that is held about a user, gathered for themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from user_auth import accounts, audit, codes, sessions
from user_auth.accounts import User
from user_auth.audit import AuditEvent, Event
from user_auth.codes import Challenge
from user_auth.foundation.caller import Caller
from user_auth.mail import correspondence
from user_auth.mail.documents import Mail
from user_auth.sessions import Checked, Session

EVENTS_AT_ONCE = 500


@dataclass(frozen=True)
class Holdings:
    """What the database has about a user.

    Which browsers have signed in before is in their own cookies, and the records of sessions that have ended name
    nobody: of both there is nothing to gather.

    Attributes:
        current: The session that asks.
        changes: What waits for a code that was mailed to the user's address, whoever asked for it, or to another that
            the user wants to have.
        mails: Those to the user's address, of the last week.
        events: Newest first; read as they are taken, so that there may be many.
    """

    user: User
    current: Session
    sessions: Sequence[Session]
    changes: Sequence[Challenge]
    mails: Sequence[Mail]
    events: Iterator[AuditEvent]


def gather(checked: Checked, *, caller: Caller) -> Holdings:
    """Collect what is held about the user of a session; that they took it out is recorded first."""
    user = checked.user
    subject = accounts.pseudonym(user)
    audit.record(Event.DATA_EXPORTED, outcome="success", caller=caller, subject=subject)
    return Holdings(
        user=user,
        current=checked.session,
        sessions=sessions.of(user),
        changes=codes.concerning(user),
        mails=correspondence.of(user.address),
        events=_events(subject),
    )


def _events(subject: str) -> Iterator[AuditEvent]:
    page = audit.find(subject=subject, most=EVENTS_AT_ONCE)
    while page:
        yield from page
        page = audit.find(subject=subject, before=(page[-1].at, page[-1].id), most=EVENTS_AT_ONCE)

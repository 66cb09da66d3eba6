"""Sessions: ended."""

from collections.abc import Iterable

from pymongo import UpdateOne

from user_auth import audit
from user_auth.audit import Event
from user_auth.crypto import tokens
from user_auth.foundation.caller import Caller
from user_auth.sessions import keys, references
from user_auth.sessions.documents import EndedSession, Session
from user_auth.sessions.reasons import Reason

_EVENTS = {
    Reason.LOGOUT: Event.LOGGED_OUT,
    Reason.REPLACED: Event.SESSION_REPLACED,
    Reason.EVICTED: Event.SESSION_EVICTED,
}


def end(sessions: Iterable[Session], *, reason: Reason, caller: Caller | None = None) -> None:
    """End sessions; they are refused from the moment this returns, and their tombstones say why."""
    ended = list(sessions)
    if not ended:
        return
    # First the tombstones: a process that dies in between leaves living sessions, not ones that ended for no reason.
    # The first reason stands.
    EndedSession._get_collection().bulk_write([_tombstone(session, reason=reason) for session in ended], ordered=False)
    Session.objects(id__in=[session.id for session in ended]).delete()
    for session in ended:
        _record(session, reason=reason, caller=caller)


def end_presented(token: str, *, reason: Reason, caller: Caller) -> None:
    """End the session that a token stands for, if it is genuine and its session lives."""
    session = find(token)
    if session:
        end([session], reason=reason, caller=caller)


def find(token: str) -> Session | None:
    """Return the living session of a genuine token, whether or not it would still be let in."""
    try:
        claims = keys.verify(token)
    except tokens.TokenExpiredError as error:
        claims = error.claims
    except tokens.TokenInvalidError:
        return None
    return Session.objects(id=references.session_id(user_id=claims.subject, sid=claims.session_id)).first()


def _tombstone(session: Session, *, reason: Reason) -> UpdateOne:
    fields = {"reason": str(reason), "expires_at": session.expires_at}
    return UpdateOne({"_id": session.id}, {"$setOnInsert": fields}, upsert=True)


def _record(session: Session, *, reason: Reason, caller: Caller | None) -> None:
    event = _EVENTS.get(reason, Event.SESSION_ENDED)
    details = {"session": session.handle, "reason": str(reason)}
    audit.record(event, outcome="success", caller=caller, subject=session.audit_subject, details=details)

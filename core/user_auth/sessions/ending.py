"""Sessions: ended."""

from collections.abc import Iterable

from pymongo import UpdateOne

from user_auth import audit, epochs
from user_auth.accounts import User
from user_auth.audit import Event
from user_auth.crypto import tokens
from user_auth.foundation import ids
from user_auth.foundation.caller import Caller
from user_auth.sessions import keys, references
from user_auth.sessions.documents import EndedSession, Session
from user_auth.sessions.reasons import Reason

_EVENTS = {
    Reason.LOGOUT: Event.LOGGED_OUT,
    Reason.REPLACED: Event.SESSION_REPLACED,
    Reason.EVICTED: Event.SESSION_EVICTED,
}


def end(sessions: Iterable[Session], *, reason: Reason, caller: Caller | None = None) -> int:
    """End sessions: they are refused from the moment this returns, and their tombstones say why.

    Returns:
        How many of them were still there.
    """
    ended = list(sessions)
    if not ended:
        return 0
    # First the tombstones: a process that dies in between leaves living sessions, not ones that ended for no reason.
    # The first reason stands.
    EndedSession._get_collection().bulk_write([_tombstone(session, reason=reason) for session in ended], ordered=False)
    try:
        count = Session.objects(id__in=[session.id for session in ended]).delete()
    finally:
        # Also after a failure: the deletion may have come through all the same.
        for user_id in {session.user_id for session in ended}:
            epochs.bump(user_id)
    for session in ended if count else ():
        _record(session, reason=reason, caller=caller)
    return count


def carry(session: Session, *, email_digest: str) -> str:
    """Let a session outlive the generation that is about to begin, and return that generation's id.

    Until it begins nothing changes, nor if it never does: nobody else's generation has that id.

    Args:
        email_digest: The user's, as it is going to be.
    """
    generation = ids.random_id()
    Session.objects(id=session.id).update_one(next_generation=generation, add_to_set__email_digests=email_digest)
    return generation


def end_others(user: User, *, reason: Reason, caller: Caller | None, keep: Session | None = None) -> None:
    """Tidy up after a new generation of a user's sessions: keep one, end the records of the others.

    They are refused already; this leaves the reasons to those who hold their tokens.
    """
    if keep:
        Session.objects(id=keep.id).update_one(
            generation=user.generation, unset__next_generation=True, email_digests=[user.email_digest]
        )
    end(Session.objects(user_id=user.id, generation__ne=user.generation), reason=reason, caller=caller)


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


def reason_of(session_id: str) -> str | None:
    """Return why a session ended, if that is known."""
    ended = EndedSession.objects(id=session_id).first()
    return ended.reason if ended else None


def _tombstone(session: Session, *, reason: Reason) -> UpdateOne:
    fields = {"reason": str(reason), "expires_at": session.expires_at}
    return UpdateOne({"_id": session.id}, {"$setOnInsert": fields}, upsert=True)


def _record(session: Session, *, reason: Reason, caller: Caller | None) -> None:
    event = _EVENTS.get(reason, Event.SESSION_ENDED)
    details = {"session": session.handle, "reason": str(reason)}
    audit.record(event, outcome="success", caller=caller, subject=session.audit_subject, details=details)

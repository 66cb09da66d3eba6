"""Sessions: started."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from user_auth import accounts, conf
from user_auth.accounts import User
from user_auth.crypto.tokens import Claims
from user_auth.foundation import clock, ids
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import SessionRevokedError
from user_auth.sessions import ending, keys, references
from user_auth.sessions.documents import Session
from user_auth.sessions.reasons import Reason
from user_auth.sessions.snapshots import Row

SID_BYTES = 32


@dataclass(frozen=True)
class Started:
    """A new session and its token, which leaves the building now and is never stored.

    Attributes:
        is_like_another: Whether the same program at the same address has another living session of the user.
    """

    session: Session
    token: str
    is_like_another: bool = False


def start(user: User, *, caller: Caller, methods: Sequence[str]) -> Started:
    """Start a session; the user's oldest ones beyond ``MAX_SESSIONS`` end."""
    sid, now = ids.random_id(n_bytes=SID_BYTES), clock.now()
    session = Session(
        id=references.session_id(user_id=str(user.id), sid=sid),
        handle=ids.random_id(),
        user_id=user.id,
        email_digests=[user.email_digest],
        generation=user.generation,
        audit_subject=accounts.pseudonym(user),
        methods=list(methods),
        ip=caller.ip,
        user_agent=caller.user_agent,
        created_at=now,
        authenticated_at=now,
        last_seen_at=now,
        # Whole seconds, as the token's exp and iat are: their difference is the session's life exactly.
        expires_at=now.replace(microsecond=0) + conf.settings().session_life,
    )
    session.store()
    rows = [Session.whole(row) for row in _of(user)]
    # Log-ins at once agree on which are the newest, so that exactly so many remain.
    oldest = [Session._from_son(row) for row in rows[conf.settings().max_sessions :]]
    ending.end(oldest, reason=Reason.EVICTED, caller=caller)
    is_like_another = any(_are_alike(session, row) for row in rows)
    return Started(session=session, token=issue_token(session, sid=sid), is_like_another=is_like_another)


def renew(session: Session, *, user: User, caller: Caller, methods: Sequence[str]) -> Started:
    """Give a session a new secret, and its user's fresh proof of who they are; the old token is ``replaced``.

    Name and end of life stay.

    Raises:
        SessionRevokedError: It was ended meanwhile, or given a new secret by another request.
    """
    sid, now = ids.random_id(n_bytes=SID_BYTES), clock.now()
    renewed = Session(
        id=references.session_id(user_id=str(user.id), sid=sid),
        handle=session.handle,
        user_id=user.id,
        email_digests=[user.email_digest],
        generation=user.generation,
        audit_subject=session.audit_subject,
        methods=list(methods),
        ip=caller.ip,
        user_agent=caller.user_agent,
        created_at=session.created_at,
        authenticated_at=now,
        last_seen_at=now,
        expires_at=session.expires_at,
    )
    # First the new one: a process that dies in between leaves a session too many, not none.
    renewed.store()
    if not ending.end([session], reason=Reason.REPLACED, caller=caller):
        discard(renewed)
        raise SessionRevokedError(reason=ending.reason_of(session.id))
    # What such a process left, and what a request that came second is about to discard.
    ending.end(_twins(renewed), reason=Reason.REPLACED, caller=caller)
    return Started(session=renewed, token=issue_token(renewed, sid=sid))


def discard(session: Session) -> None:
    """Undo the start of a session whose token nobody was given."""
    Session.objects(id=session.id).delete()


def _twins(session: Session) -> Iterable[Session]:
    return Session.objects(user_id=session.user_id, handle=session.handle, id__ne=session.id)


def issue_token(session: Session, *, sid: str) -> str:
    """Sign the token of a session; it lives exactly as long."""
    issued_at = int(clock.now().timestamp())
    claims = Claims(
        subject=str(session.user_id),
        session_id=sid,
        token_id=ids.random_id(),
        issued_at=issued_at,
        not_before=issued_at,
        expires_at=int(session.expires_at.timestamp()),
        auth_time=int(session.authenticated_at.timestamp()),
        methods=tuple(session.methods),
    )
    return keys.sign(claims)


def _of(user: User) -> Iterable[Row]:
    """Return the records of a user's sessions, newest first."""
    return Session._get_collection().find({"user_id": user.id}).sort([("created_at", -1), ("_id", -1)])


def _are_alike(session: Session, row: Row) -> bool:
    is_another = row["_id"] != session.id and row["expires_at"] > session.created_at
    return is_another and (row.get("ip"), row.get("user_agent")) == (session.ip, session.user_agent)

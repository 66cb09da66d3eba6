"""``check``: the one judge of a token."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from user_auth import conf
from user_auth.accounts import User
from user_auth.crypto import tokens
from user_auth.crypto.tokens import Claims
from user_auth.foundation import clock
from user_auth.foundation.errors import (
    SessionExpiredError,
    SessionInvalidError,
    SessionMissingError,
    SessionRevokedError,
)
from user_auth.sessions import ending, keys, references
from user_auth.sessions.documents import Session
from user_auth.sessions.reasons import Reason

LAST_SEEN_ACCURACY = timedelta(minutes=1)


@dataclass(frozen=True)
class Checked:
    """A good session and its user, as the database has them now."""

    session: Session
    user: User


def check(token: str | None) -> Checked:
    """Decide whether a token is good: genuine, in time, its session living and its user active.

    One database command; another, once a minute at most, to note that the session is in use.

    Raises:
        SessionMissingError: There is no token.
        SessionInvalidError: It is not one of ours.
        SessionExpiredError: It was good until its time was over.
        SessionRevokedError: Its session was ended, with the reason where that is known.
    """
    if not token:
        raise SessionMissingError
    claims = _verify(token)
    session_id = references.session_id(user_id=claims.subject, sid=claims.session_id)
    found = _read(session_id)
    if found is None:
        raise SessionRevokedError(reason=ending.reason_of(session_id))
    _judge(found)
    _note_use(found.session)
    return found


def _verify(token: str) -> Claims:
    try:
        return keys.verify(token)
    except tokens.TokenExpiredError as error:
        raise SessionExpiredError from error
    except tokens.TokenInvalidError as error:
        raise SessionInvalidError from error


def _read(session_id: str) -> Checked | None:
    """Return session and user in one command; they are joined by the user's shard key."""
    join = {"from": "users", "localField": "email_digests", "foreignField": "email_digest", "as": "users"}
    rows = Session._get_collection().aggregate([{"$match": {"_id": session_id}}, {"$lookup": join}])
    for row in rows:
        users: list[dict[str, Any]] = row.pop("users")
        # An address that changed hands belongs to another user now.
        owners = [user for user in users if user["_id"] == row["user_id"]]
        if owners:
            return Checked(session=Session._from_son(row), user=User._from_son(owners[0]))
    return None


def _judge(found: Checked) -> None:
    session, user, now = found.session, found.user, clock.now()
    if session.expires_at <= now:
        raise SessionExpiredError
    if user.generation not in (session.generation, session.next_generation):
        raise SessionRevokedError(reason=user.generation_reason or None)
    if not user.is_active:
        raise SessionRevokedError(reason=Reason.ACCOUNT_DISABLED)
    if _is_idle(session, now=now):
        ending.end([session], reason=Reason.IDLE)
        raise SessionRevokedError(reason=Reason.IDLE)


def _is_idle(session: Session, *, now: datetime) -> bool:
    idle = conf.settings().session_idle
    return bool(idle) and session.last_seen_at + idle <= now


def _note_use(session: Session) -> None:
    now = clock.now()
    if session.last_seen_at + LAST_SEEN_ACCURACY <= now:
        Session.objects(id=session.id, last_seen_at=session.last_seen_at).update_one(last_seen_at=now)
        session.last_seen_at = now

"""``check``: the one judge of a token."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from user_auth import conf, metrics
from user_auth.accounts import User
from user_auth.crypto import tokens
from user_auth.crypto.tokens import Claims
from user_auth.foundation import clock
from user_auth.foundation.errors import (
    SessionError,
    SessionExpiredError,
    SessionInvalidError,
    SessionMissingError,
    SessionRevokedError,
)
from user_auth.sessions import caching, ending, keys, reading, references
from user_auth.sessions.caching import Entry
from user_auth.sessions.documents import Session
from user_auth.sessions.reading import Found, Row
from user_auth.sessions.reasons import Reason
from user_auth.sessions.snapshots import SessionSnapshot, Snapshot, UserSnapshot

LAST_SEEN_ACCURACY = timedelta(minutes=1)

Known = TypeVar("Known", Snapshot, bytes)


@dataclass(frozen=True)
class Checked:
    """A good session and its user, as the database has them now."""

    session: Session
    user: User


def check(token: str | None) -> Snapshot:
    """Decide whether a token is good: genuine, in time, its session living and its user active.

    What was found within the last minute stands for as long as nothing can have changed (``epochs``), and costs nothing.
    Else it is one database command; another, once a minute at most, to note that the session is in use.

    Raises:
        SessionMissingError: There is no token.
        SessionInvalidError: It is not one of ours.
        SessionExpiredError: It was good until its time was over.
        SessionRevokedError: Its session was ended, with the reason where that is known.
    """
    entry = caching.find(token) if token else None
    # Read once: another thread may put the answer in the snapshot's place.
    known = entry.known if entry else None
    if isinstance(known, Snapshot):
        metrics.count_check("hit")
        return known
    with _counted():
        return look_up(token, keep_as=lambda snapshot: snapshot)


def look_up(token: str | None, *, keep_as: Callable[[Snapshot], Known]) -> Known:
    """Do as ``check`` for a token of which nothing is known; keep and return what ``keep_as`` makes of what is found."""
    cache, asked_at = caching.cache(), time.monotonic()
    claims = _verify(token)
    session_id = references.session_id(user_id=claims.subject, sid=claims.session_id)
    slot = references.slot(session_id)
    # Before the database is read: a change that the read may have missed makes it another.
    epoch = cache.table[slot] if cache else 0
    found = _read_good(session_id)
    snapshot = Snapshot(UserSnapshot.of(found.user), SessionSnapshot.of(found.session))
    # Read again in time for its end, and for the time of its last use to be noted.
    good_until = min(snapshot.session.expires_at, snapshot.session.last_seen_at + _accuracy())
    known = keep_as(snapshot)
    if cache and token:
        kept_until = asked_at + caching.LIFE_SECONDS
        cache.keep(token, Entry(known, slot, epoch, good_until.timestamp(), kept_until))
    return known


def check_anew(token: str | None) -> Checked:
    """Do as ``check``, on what the database has now, for those who go on to work with it."""
    with _counted():
        claims = _verify(token)
        found = _read_good(references.session_id(user_id=claims.subject, sid=claims.session_id))
    return Checked(session=Session._from_son(found.session), user=User._from_son(found.user))


@contextmanager
def _counted() -> Iterator[None]:
    try:
        yield
    except SessionError as refusal:
        metrics.count_check(refusal.code)
        raise
    metrics.count_check("miss")


def _verify(token: str | None) -> Claims:
    if not token:
        raise SessionMissingError
    try:
        return keys.verify(token)
    except tokens.TokenExpiredError as error:
        raise SessionExpiredError from error
    except tokens.TokenInvalidError as error:
        raise SessionInvalidError from error


def _read_good(session_id: str) -> Found:
    found = reading.read(session_id)
    if found is None:
        raise SessionRevokedError(reason=ending.reason_of(session_id))
    _judge(found)
    _note_use(found.session)
    return found


def _judge(found: Found) -> None:
    session, user, now = found.session, found.user, clock.now()
    if session["expires_at"] <= now:
        raise SessionExpiredError
    if user.get("generation", "") not in (session.get("generation", ""), session.get("next_generation")):
        raise SessionRevokedError(reason=user.get("generation_reason") or None)
    if not user.get("is_active", True):
        raise SessionRevokedError(reason=Reason.ACCOUNT_DISABLED)
    if _is_idle(session, now=now):
        ending.end([Session._from_son(session)], reason=Reason.IDLE)
        raise SessionRevokedError(reason=Reason.IDLE)


def _is_idle(session: Mapping[str, Any], *, now: datetime) -> bool:
    idle = conf.settings().session_idle
    return bool(idle) and session["last_seen_at"] + idle <= now


def _note_use(session: Row) -> None:
    now, before = clock.now(), session["last_seen_at"]
    if before + _accuracy() <= now:
        Session.objects(id=session["_id"], last_seen_at=before).update_one(last_seen_at=now)
        session["last_seen_at"] = now


def _accuracy() -> timedelta:
    """Return how far ``last_seen_at`` may be behind; short enough that a session in use is never taken for an idle one."""
    idle = conf.settings().session_idle
    return min(LAST_SEEN_ACCURACY, idle / 2) if idle else LAST_SEEN_ACCURACY

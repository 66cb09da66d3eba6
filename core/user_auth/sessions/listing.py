"""Sessions: listed, and found by their public names."""

from collections.abc import Iterable, Sequence

from mongoengine import Q, QuerySet

from user_auth import conf
from user_auth.accounts import User
from user_auth.foundation import clock
from user_auth.sessions.documents import Session


def of(user: User) -> Sequence[Session]:
    """Return a user's living sessions, newest first."""
    now, idle = clock.now(), conf.settings().session_idle
    living = _living(user)
    in_use = living(last_seen_at__gt=now - idle) if idle else living
    return list(in_use.order_by("-created_at", "-_id"))


def records_of(user: User) -> Iterable[Session]:
    """Return every record of a session of a user, whether or not it would still be let in."""
    return Session.objects(user_id=user.id)


def _living(user: User) -> "QuerySet[Session]":
    of_now = Q(generation=user.generation) | Q(next_generation=user.generation)
    return Session.objects(user_id=user.id, expires_at__gt=clock.now())(of_now)

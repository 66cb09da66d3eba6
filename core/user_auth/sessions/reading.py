"""A session and its user, read in one command; checks at the same time share it.

After a start, or when the cache is not believed, every check reads the database. What MongoDB and the driver do for a
command costs several times what one more session in it does, so whoever comes while others are being read waits for
the end of that, and is read with all who wait.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from user_auth.accounts import User
from user_auth.sessions.documents import Session

# Others who take longer are in trouble. Then each asks for itself, within the time that it has.
PATIENCE_SECONDS = 0.25
# They are joined by the user's shard key.
_JOIN = {"from": "users", "localField": "email_digests", "foreignField": "email_digest", "as": "users"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The records of a session and its user."""

    session: Row
    user: Row


ReadAll = Callable[[Sequence[str]], Mapping[str, Found]]


def read(session_id: str) -> Found | None:
    """Return a session and its user as the database has them after this was called."""
    return _together.read(session_id)


def read_all(session_ids: Sequence[str]) -> dict[str, Found]:
    """Return those of the sessions that are there, each with its user, by the session's id; one command."""
    pipeline: list[Row] = [{"$match": {"_id": {"$in": list(session_ids)}}}, {"$lookup": _JOIN}]
    found = map(_found, Session._get_collection().aggregate(pipeline))
    return {each.session["_id"]: each for each in found if each}


def _found(row: Row) -> Found | None:
    # An address that changed hands belongs to another user now.
    owners = [user for user in row.pop("users") if user["_id"] == row.get("user_id")]
    return Found(session=Session.whole(row), user=User.whole(owners[0])) if owners else None


class _Ask:
    """One thread's question.

    Attributes:
        told: Held until the answer is there, or until it is this thread's turn to read.
        leads: Whether it is.
    """

    __slots__ = ("answer", "is_answered", "leads", "session_id", "told")

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.answer: Found | None = None
        self.is_answered = self.leads = False
        self.told = Lock()


class Together:
    """Reads for several threads at once.

    A command takes along only who asked before it was sent, so that each is told what the database had after it asked.
    """

    def __init__(self, read_all: ReadAll, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._read_all = read_all
        self._patience_seconds = patience_seconds
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget who asks: in a child that was forked, they are threads of the parent."""
        self._lock = Lock()
        self._waiting: list[_Ask] = []
        self._is_reading = False

    def read(self, session_id: str) -> Found | None:
        ask = _Ask(session_id)
        if self._must_wait(ask):
            ask.told.acquire(timeout=self._patience_seconds)
            self._leave(ask)
        if ask.is_answered:
            return ask.answer
        # Those who were to be read with it may have failed, which is their own affair, or take too long.
        return self._lead(ask) if ask.leads else self._read_all([session_id]).get(session_id)

    def _must_wait(self, ask: _Ask) -> bool:
        with self._lock:
            if self._is_reading:
                ask.told.acquire()
                self._waiting.append(ask)
            else:
                self._is_reading = ask.leads = True
        return not ask.leads

    def _leave(self, ask: _Ask) -> None:
        with self._lock:
            if ask in self._waiting:
                self._waiting.remove(ask)

    def _lead(self, ask: _Ask) -> Found | None:
        """Read for all who wait, and hand over to one of those who came meanwhile."""
        with self._lock:
            others, self._waiting = self._waiting, []
        try:
            found = self._read_all(list({each.session_id for each in (ask, *others)}))
            for each in others:
                each.answer, each.is_answered = found.get(each.session_id), True
        finally:
            self._hand_over()
            for each in others:
                each.told.release()
        return found.get(ask.session_id)

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._is_reading = False
                return
            following = self._waiting.pop(0)
            following.leads = True
        following.told.release()


_together = Together(read_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_together.begin_anew)

"""The follower: one process of each machine hears of every change elsewhere, and proves that it does.

A change stream brings what other machines change; the slots of the users concerned are bumped. A stream that has
nothing to say and one that is stuck look the same, and a server that was cut off from its set goes on answering. So
the follower writes a heartbeat every moment: once its own comes back through the stream, all that was written before it
has come too. Without such a proof every check reads the database: slower, never wrong.
"""

import logging
import os
import time
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from threading import Event, Lock, Thread
from typing import Any, ClassVar

from mongoengine import DateTimeField, IntField, StringField
from pymongo.change_stream import ChangeStream
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from user_auth import epochs, metrics
from user_auth.epochs import Table
from user_auth.foundation import clock, ids
from user_auth.mongo import connection
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index
from user_auth.sessions import references

BEAT_SECONDS = 0.25
LEAD_AGAIN_SECONDS = 1.0
STREAM_AGAIN_SECONDS = 0.5
# A standalone server becomes a replica set by a restart of it, and not often.
NO_STREAM_AGAIN_SECONDS = 60.0
LOST_AFTER_SECONDS = 5.0
KEEP = timedelta(hours=1)
NO_STREAM_CODES = (13, 40573)  # not allowed to; not a replica set

Change = Mapping[str, Any]
Stream = ChangeStream[dict[str, Any]]

log = logging.getLogger(__name__)


class State(IntEnum):
    """What the follower says of itself, for all processes of the machine."""

    NEW = 0
    FOLLOWING = 1
    NO_STREAM = 2
    LOST = 3


_NEWS = {
    State.FOLLOWING: (logging.INFO, "The change stream is there: checks are answered from memory."),
    State.NO_STREAM: (logging.WARNING, "MongoDB gives no change stream (is it a replica set?): every check reads it."),
    State.LOST: (logging.WARNING, "The change stream is lost: until it is back, every check reads the database."),
}


class Heartbeat(Document):
    """The latest heartbeat of one follower. Shard key: ``_id``, hashed."""

    id = StringField(primary_key=True)
    number = IntField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "heartbeats"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)


class LostError(Exception):
    """The stream has ended, or brings nothing any more."""


class Follower:
    """One stream and its heartbeats; it is one thread's own."""

    def __init__(self, table: Table, *, stop: Event) -> None:
        self._table = table
        self._stop = stop
        self._id = ids.random_id()
        self._sent = self._seen = 0

    def run(self) -> None:
        """Follow the changes until ``stop`` is set.

        Raises:
            LostError, PyMongoError: The stream has come to an end.
        """
        with self._watch() as stream:
            # From here on the stream brings everything; what was read before may have missed something.
            self._table.bump_all()
            while not self._stop.is_set():
                self._beat(stream)

    def _watch(self) -> Stream:
        wanted = {
            "$or": [
                {"ns.coll": "users", "operationType": {"$ne": "insert"}},
                {"ns.coll": "sessions", "operationType": "delete"},
                # Of those that stay, all but the notes of their use.
                {
                    "ns.coll": "sessions",
                    "operationType": {"$in": ["update", "replace"]},
                    "updateDescription.updatedFields.last_seen_at": {"$exists": False},
                },
                {"ns.coll": "heartbeats", "documentKey._id": self._id},
                {"operationType": {"$in": ["drop", "rename", "dropDatabase", "invalidate"]}},
            ]
        }
        shown = {"ns.coll": 1, "documentKey._id": 1, "fullDocument.number": 1}
        return connection.database().watch(
            [{"$match": wanted}, {"$project": shown}], max_await_time_ms=int(BEAT_SECONDS * 1000)
        )

    def _beat(self, stream: Stream) -> None:
        """Prove that the stream is alive, and go on reading until the next proof is due."""
        moment, started = time.monotonic_ns(), time.monotonic()
        self._send()
        while self._seen < self._sent:
            if self._stop.is_set() or time.monotonic() > started + LOST_AFTER_SECONDS:
                raise LostError
            self._read(stream)
        self._table.prove(moment=moment)
        metrics.observe_watcher_lag(time.monotonic() - started, collection="heartbeats")
        _say(self._table, State.FOLLOWING)
        while time.monotonic() < started + BEAT_SECONDS:
            self._read(stream)

    def _send(self) -> None:
        self._sent += 1
        beat = {"number": self._sent, "expires_at": clock.now() + KEEP}
        # Lost with the server that took it, it proves nothing, and harms nobody.
        heartbeats = Heartbeat._get_collection().with_options(write_concern=WriteConcern(w=1))
        heartbeats.replace_one({"_id": self._id}, beat, upsert=True)

    def _read(self, stream: Stream) -> None:
        change = stream.try_next()
        if change is not None:
            self._take_in(change)
        if not stream.alive:
            raise LostError

    def _take_in(self, change: Change) -> None:
        collection, key = change.get("ns", {}).get("coll"), change.get("documentKey", {}).get("_id")
        if collection == "heartbeats" and key == self._id:
            self._seen = change["fullDocument"]["number"]
        elif collection == "users" and key is not None:
            self._table.bump(epochs.slot(key))
        elif collection == "sessions" and references.is_session_id(key):
            self._table.bump(references.slot(key))
        else:
            # A whole collection, or more than that.
            self._table.bump_all()


class _Thread:
    """The thread of this process that follows, or waits for the process that does to end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stop: Event | None = None

    def start(self) -> None:
        with self._lock:
            table = epochs.table()
            if self._stop or table is None:
                return
            self._stop = Event()
            # Before anything is believed here: either somebody follows, or what the last one left is no proof.
            if _lead(table):
                table.state = State.NEW
            Thread(target=_run, args=(table, self._stop), name="session-follower", daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            if self._stop:
                self._stop.set()
            self._stop = None

    def forget(self) -> None:
        """Begin anew in a child that was forked: threads stay with the parent."""
        self._lock, self._stop = Lock(), None


_thread = _Thread()
start, stop = _thread.start, _thread.stop
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_thread.forget)


def _lead(table: Table) -> bool:
    leads = table.lead()
    if leads:
        table.disprove()
    return leads


def _run(table: Table, stop: Event) -> None:
    """Follow for as long as the process lives, whenever it is this process's turn."""
    pause = 0.0
    while not stop.wait(pause):
        pause = _follow(table, stop) if _lead(table) else LEAD_AGAIN_SECONDS


def _follow(table: Table, stop: Event) -> float:
    """Follow until that fails; return after how many seconds to try again."""
    try:
        Follower(table, stop=stop).run()
    except Exception as error:  # noqa: BLE001 - the edge of the thread: without it nothing would be believed any more
        # Whoever stops this stops the database too.
        if not stop.is_set():
            return _say_why(table, error)
    return STREAM_AGAIN_SECONDS


def _say_why(table: Table, error: Exception) -> float:
    """Tell why nobody follows; return after how many seconds to try again."""
    if isinstance(error, OperationFailure) and error.code in NO_STREAM_CODES:
        _say(table, State.NO_STREAM)
        return NO_STREAM_AGAIN_SECONDS
    if not isinstance(error, LostError | PyMongoError):
        log.error("The follower of the change stream has crashed.", exc_info=error)
    _say(table, State.LOST)
    return STREAM_AGAIN_SECONDS


def _say(table: Table, state: State) -> None:
    """Tell all processes of the machine, and the log once; that all is well from the beginning is no news."""
    before, table.state = table.state, state
    if state != before and (before, state) != (State.NEW, State.FOLLOWING):
        log.log(*_NEWS[state])

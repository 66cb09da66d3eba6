"""Waiting for a mail to be queued: by change stream where the server has them, else by the clock."""

import time
from threading import Event
from typing import Any

from pymongo.change_stream import CollectionChangeStream
from pymongo.errors import OperationFailure

from user_auth.mail.documents import Mail

# A stop is noticed, and retries that have come due are looked for, this often.
STREAM_SECONDS = 0.5
POLL_SECONDS = 1.0
# A standalone has no change streams (40573), a restricted user or an imitation may not either; that can change.
NEXT_TRY_SECONDS = 60.0
# Of each insert its place in the stream, and nothing of the mail.
_INSERTS: list[dict[str, Any]] = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]

Stream = CollectionChangeStream[dict[str, Any]]


class Arrivals:
    """Waits for mails; it is one thread's own."""

    def __init__(self) -> None:
        self._stream: Stream | None = None
        self._try_at = 0.0

    def wait(self, stop: Event) -> None:
        """Return when a mail was queued, when ``stop`` is set, or after a moment anyway.

        Raises:
            PyMongoError: The database is away.
        """
        if self._stream is None and time.monotonic() >= self._try_at:
            self._open()
        if self._stream is None:
            stop.wait(POLL_SECONDS)
        else:
            self._stream.try_next()
            # It ends when the collection is dropped.
            if not self._stream.alive:
                self.close()

    def close(self) -> None:
        """Let go of the stream; the next ``wait`` opens another."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _open(self) -> None:
        outbox = Mail._get_collection()
        try:
            self._stream = outbox.watch(_INSERTS, max_await_time_ms=int(STREAM_SECONDS * 1000))
        except OperationFailure:
            self._try_at = time.monotonic() + NEXT_TRY_SECONDS

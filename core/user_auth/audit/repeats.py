"""Repeats: what strangers can cause at any rate is logged once a minute and client, not once a request."""

from datetime import datetime
from threading import Lock

from user_auth.foundation import clock

# Of more clients than this in a minute, the others are passed over: the flood is plain enough.
MOST_A_MINUTE = 1000


class Repeats:
    """What has been said in the current minute; each process remembers its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute: datetime | None = None
        self._said: set[tuple[str, str]] = set()

    def is_new(self, event: str, ip: str) -> bool:
        """Return whether this event of this client is to be logged, and take it as said."""
        minute = clock.now().replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute:
                self._minute, self._said = minute, set()
            if (event, ip) in self._said or len(self._said) >= MOST_A_MINUTE:
                return False
            self._said.add((event, ip))
            return True

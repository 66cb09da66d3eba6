"""Whether the service can do its work."""

import time
from collections.abc import Callable

import pymongo
from pymongo.errors import PyMongoError

from user_auth.mail.documents import Mail
from user_auth.mongo import connection, indexes

# Probes give up after a few seconds, so an answer must come before.
PROBE_SECONDS = 2
# Comparing reads every collection's indexes, and they do not change by themselves.
INDEXES_HOLD_SECONDS = 30


def failing() -> list[str]:
    """Return which of ``database``, ``indexes`` and ``mail_queue`` cannot be used now."""
    with pymongo.timeout(PROBE_SECONDS):
        return [name for name, check in _CHECKS.items() if not _passes(check)]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except PyMongoError:
        return False


def _database_answers() -> bool:
    connection.database().command("ping")
    return True


def _mail_queue_answers() -> bool:
    Mail._get_collection().find_one({}, {"_id": 1})
    return True


class _IndexCheck:
    """Compares the indexes; remembers for a while that they were right, never that they were not."""

    def __init__(self) -> None:
        self._good_until = 0.0

    def __call__(self) -> bool:
        if time.monotonic() >= self._good_until and not indexes.compare():
            self._good_until = time.monotonic() + INDEXES_HOLD_SECONDS
        return time.monotonic() < self._good_until

    def forget(self) -> None:
        """Compare again at the next call."""
        self._good_until = 0.0


indexes_are_right = _IndexCheck()
_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "indexes": indexes_are_right,
    "mail_queue": _mail_queue_answers,
}

"""Counts of what happens tens of thousands of times a second: plain numbers, carried over once a second."""

from collections.abc import Callable
from threading import Lock

from user_auth.metrics import families


class Tally:
    """A count that one thread alone adds to, the event loop's: adding is not atomic. Any thread may flush.

    Args:
        carry: Is given what was added since the last time.
    """

    __slots__ = ("_carried", "_carry", "_flushing", "count")

    def __init__(self, carry: Callable[[int], None]) -> None:
        self.count = 0
        self._carried = 0
        self._carry = carry
        self._flushing = Lock()

    def add(self) -> None:
        self.count += 1

    def flush(self) -> None:
        """Carry over what was added."""
        with self._flushing:
            added = self.count - self._carried
            if added:
                self._carried += added
                self._carry(added)


def _carry_lane_hits(added: int) -> None:
    families.SESSION_CHECKS["hit",].inc(added)
    families.REQUESTS["verify_session", "POST", "200"].inc(added)


lane_hits = Tally(_carry_lane_hits)
"""Good tokens that were answered in front of Django; each counts as a check and as a request."""


def flush() -> None:
    """Carry over every tally; to be called about once a second."""
    lane_hits.flush()

"""Counts of what happens tens of thousands of times a second: plain numbers, carried over once a second."""

from collections.abc import Callable

from user_auth.metrics import families


class Tally:
    """A count for one thread alone, the event loop's: adding to it is not atomic.

    Args:
        carry: Is given what was added since the last time.
    """

    __slots__ = ("_carried", "_carry", "count")

    def __init__(self, carry: Callable[[int], None]) -> None:
        self.count = 0
        self._carried = 0
        self._carry = carry

    def add(self) -> None:
        self.count += 1

    def flush(self) -> None:
        """Carry over what was added; from the same thread."""
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

"""How many tries are allowed and how far apart, as questions that MongoDB answers.

What is known of a bucket is its log: the times, in milliseconds and ascending, of the tries that count. An allowance
says how long a time matters and, as an aggregation expression over ``$$log``, how long to wait for one more try.
"""

from dataclasses import dataclass
from typing import Any

from user_auth.foundation.windows import UNITS, Window

Expression = dict[str, Any]

LOG = "$$log"
# 2 ** 17 seconds are more than a day: no delay is longer.
_MOST_DOUBLINGS = 17


@dataclass(frozen=True)
class Windows:
    """At most so many tries in any stretch of each window."""

    windows: tuple[Window, ...]

    @property
    def memory_seconds(self) -> int:
        """How long a try counts."""
        return max(window.seconds for window in self.windows)

    def wait(self, now: int) -> Expression:
        """Return the expression of the milliseconds until one more try is allowed; 0 is now."""
        # With N allowed, the N-th latest must have left the window. Where there is none, $max passes over the null.
        return {
            "$max": [0, *(_remaining(_from_end(window.times), window.seconds * 1000, now) for window in self.windows)]
        }


@dataclass(frozen=True)
class Backoff:
    """So many tries freely, then each try doubles the wait for the next: 1, 2, 4 ... seconds. A try counts for a day.

    Attributes:
        free: How many tries there are before the first wait.
        max_seconds: The longest wait.
    """

    free: int
    max_seconds: int

    @property
    def memory_seconds(self) -> int:
        """How long a try counts."""
        return UNITS["day"]

    def wait(self, now: int) -> Expression:
        """Return the expression of the milliseconds until one more try is allowed; 0 is now."""
        doublings = {"$min": [_MOST_DOUBLINGS, {"$subtract": [{"$size": LOG}, self.free]}]}
        delay = {"$multiply": [1000, {"$min": [self.max_seconds, {"$pow": [2, doublings]}]}]}
        is_free = {"$lt": [{"$size": LOG}, self.free]}
        return {"$cond": [is_free, 0, {"$max": [0, _remaining(_from_end(1), delay, now)]}]}


Allowance = Windows | Backoff


def _from_end(place: int) -> Expression:
    return {"$arrayElemAt": [LOG, -place]}


def _remaining(start: Expression, length: Expression | int, now: int) -> Expression:
    return {"$subtract": [{"$add": [start, length]}, now]}

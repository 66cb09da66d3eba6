"""What is promised, and how well services of the same kind do."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """What a figure, or its ratio to its yardstick, must reach, and would do well to reach.

    Attributes:
        stretch: ``None`` where there is nothing to gain beyond what must be.
    """

    must: float
    stretch: float | None = None
    of: Literal["value", "ratio"] = "value"
    at_most: bool = True

    def verdict(self, *, value: float, ratio: float | None) -> str:
        """Return ``stretch``, ``must`` or ``missed``."""
        figure = ratio if self.of == "ratio" and ratio is not None else value
        if self.stretch is not None and self._is_met(figure, self.stretch):
            return "stretch"
        return "must" if self._is_met(figure, self.must) else "missed"

    def _is_met(self, figure: float, bound: float) -> bool:
        return figure <= bound if self.at_most else figure >= bound


HIT_CPU = Goal(1.3, 0.5, of="ratio")
AGAINST_PEERS_AT_ONCE = Goal(30, 80, at_most=False)
AGAINST_PEERS_LATER = Goal(15, 40, at_most=False)
MISS_CPU = Goal(1.0, 0.5, of="ratio")
MANY_HOT = Goal(0.8, 0.95, of="ratio", at_most=False)
MILLION_LIVE = Goal(0.8, 0.9, of="ratio", at_most=False)
LOG_INS = Goal(0.93, 0.98, of="ratio", at_most=False)
MIXED_P95_MS = Goal(20, 5)
MIXED_MAX_MS = Goal(60, 15)
ACCEPTED_AFTER_THE_END = Goal(0)
ELSEWHERE_P99_MS = Goal(50, 10)
STALLED_SECONDS = Goal(2, 1)
CACHED_BYTES = Goal(2500, 1200)
MEMORY_MB = Goal(140, 90)
COLD_START_SECONDS = Goal(1.5, 0.6)
COMMANDS = Goal(8, 5)

# Checks a second of services of the same kind, 2 workers, 64 connections, on 2 cores that they shared with others; and
# of the constant function on granian in the same run. Only their ratio means anything elsewhere.
PEERS_CONSTANT = 37_573
FASTEST_PEER_AT_ONCE = 926 / PEERS_CONSTANT  # Parse Server: refuses an ended session at once
FASTEST_PEER_LATER = 1715 / PEERS_CONSTANT  # Better Auth with its cookie cache: refuses it within minutes

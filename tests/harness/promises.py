"""Times that are promised, held on a machine that is busy with other things too."""

import time
from collections.abc import Callable

TRIES = 4


def keep(measure: Callable[[], float], *, seconds: float) -> None:
    """Hold something to the time that it is promised to take.

    What others take of the machine can slow a try, and what is wrong slows them all: one in time is enough, and as a
    rule it is the first. All else that ``measure`` asserts counts each time.

    Args:
        measure: Does it, and returns how many seconds that took.

    Raises:
        AssertionError: No try was in time.
    """
    took: list[float] = []
    while not took or took[-1] >= seconds:
        assert len(took) < TRIES, f"promised within {seconds} s, and took {', '.join(f'{each:.2f}' for each in took)} s"
        took.append(measure())


def timed(do: Callable[[], object]) -> float:
    """Return how many seconds something took."""
    started = time.monotonic()
    do()
    return time.monotonic() - started

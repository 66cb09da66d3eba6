"""Rates as people write them: ``20/minute, 200/hour``."""

import re
from dataclasses import dataclass

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"\s*([1-9][0-9]{0,8})\s*/\s*([a-z]+)\s*")


@dataclass(frozen=True)
class Window:
    """At most ``times`` in any stretch of ``seconds``."""

    times: int
    seconds: int


def parse(text: str) -> tuple[Window, ...]:
    """Read rates separated by commas.

    Raises:
        ValueError: One of them is not ``count/second``, ``/minute``, ``/hour`` or ``/day``.
    """
    return tuple(_window(part) for part in text.split(","))


def _window(text: str) -> Window:
    found = _RATE.fullmatch(text)
    if not found or found[2] not in UNITS:
        raise ValueError("is not a rate; write it like 20/minute or 20/minute,200/hour")
    return Window(times=int(found[1]), seconds=UNITS[found[2]])

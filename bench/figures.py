"""Figures of samples."""

from collections.abc import Sequence
from statistics import median


def milliseconds(samples: Sequence[float]) -> str:
    """Return the median of samples in seconds, for reading."""
    return f"{median(samples) * 1000:.1f} ms"


def area_under_curve(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how well the two are told apart: 0.5 not at all, 0 or 1 always.

    It is the chance that a sample of ``first`` is larger than one of ``second``; ties count half.
    """
    wins = sum((a > b) + 0.5 * (a == b) for a in first for b in second)
    return wins / (len(first) * len(second))

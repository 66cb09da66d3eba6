"""Figures of samples."""

from collections.abc import Sequence
from statistics import linear_regression, median


def milliseconds(samples: Sequence[float]) -> str:
    """Return the median of samples in seconds, for reading."""
    return f"{median(samples) * 1000:.1f} ms"


def rate(done_at: Sequence[float], *, start: float, end: float) -> float:
    """Return how many a second were done between two instants, at both of which the work was in full swing.

    It is the slope of how many are done by when, so that it does not matter how much of one falls outside.
    """
    within = sorted(at for at in done_at if start <= at <= end)
    return linear_regression(within, range(len(within))).slope


def area_under_curve(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how well the two are told apart: 0.5 not at all, 0 or 1 always.

    It is the chance that a sample of ``first`` is larger than one of ``second``; ties count half.
    """
    wins = sum((a > b) + 0.5 * (a == b) for a in first for b in second)
    return wins / (len(first) * len(second))

"""Rates do not depend on where the clock happens to start and stop."""

import pytest

from bench.figures import rate

# Two at a time, a quarter of a second apart.
DONE_AT = [number // 2 / 4 for number in range(200)]


@pytest.mark.parametrize(("start", "end"), [(2.0, 5.0), (2.1, 5.1), (2.01, 4.99)])
def test_a_rate_is_that_of_the_steady_work(start: float, end: float) -> None:
    """To count what falls between would give 7.4 to 8.7 for these."""
    assert rate(DONE_AT, start=start, end=end) == pytest.approx(8.0)

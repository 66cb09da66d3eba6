"""What is promised is judged as it is meant."""

import pytest

from bench.goals import Goal


@pytest.mark.parametrize(("value", "verdict"), [(4, "stretch"), (5, "stretch"), (20, "must"), (21, "missed")])
def test_at_most(value: float, verdict: str) -> None:
    """The bound itself is good enough."""
    assert Goal(20, 5).verdict(value=value, ratio=None) == verdict


@pytest.mark.parametrize(("ratio", "verdict"), [(0.99, "stretch"), (0.93, "must"), (0.9, "missed")])
def test_a_ratio_at_least(ratio: float, verdict: str) -> None:
    """Where the goal is a ratio, the value does not count."""
    assert Goal(0.93, 0.98, of="ratio", at_most=False).verdict(value=5, ratio=ratio) == verdict


def test_there_may_be_nothing_beyond_what_must_be() -> None:
    assert Goal(0).verdict(value=0, ratio=None) == "must"

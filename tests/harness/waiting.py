"""Waiting for what another process does."""

import time
from collections.abc import Callable
from pathlib import Path

PAUSE_SECONDS = 0.01


def until(condition: Callable[[], object], *, seconds: float) -> float:
    """Wait until ``condition`` holds; return how many seconds that took.

    Raises:
        AssertionError: It did not hold in time.
    """
    started = time.monotonic()
    while not condition():
        waited = time.monotonic() - started
        assert waited < seconds, f"still not so after {waited:.1f} s"
        time.sleep(PAUSE_SECONDS)
    return time.monotonic() - started


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        stat = Path("/proc", str(pid), "stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children_of(pid: int) -> list[int]:
    """Return the process ids of the children of a process's main thread and of its other threads."""
    lists = Path("/proc", str(pid), "task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text(encoding="utf-8").split()]


def command_line_of(pid: int) -> str:
    """Return how a process was called; empty when it has gone."""
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""

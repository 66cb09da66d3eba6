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
    state = _text_of(Path("/proc", str(pid), "stat")).rpartition(")")[2].split()[:1]
    return state not in ([], ["Z"])


def children_of(pid: int) -> list[int]:
    """Return the process ids of the children of a process's main thread and of its other threads."""
    lists = Path("/proc", str(pid), "task").glob("*/children")
    return [int(child) for each in lists for child in _text_of(each).split()]


def command_line_of(pid: int) -> str:
    """Return a process's command line, empty when it has ended."""
    return _text_of(Path("/proc", str(pid), "cmdline")).replace("\0", " ")


def _text_of(file: Path) -> str:
    """Read a file of a process or thread, which may end at any moment: then it is empty."""
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""

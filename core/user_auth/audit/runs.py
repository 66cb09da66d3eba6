"""The run: one process's life, in which its records are numbered, so that a missing one leaves a gap."""

import os
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

from user_auth.foundation import ids


@dataclass(frozen=True)
class _Run:
    id: str = field(default_factory=ids.random_id)
    numbers: "count[int]" = field(default_factory=lambda: count(1))


class _Runs:
    """The run of the process that asks: begun by its first record, and anew in a process that was forked."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        # The lock too: in a forked process it could stay locked by a thread that is not there.
        self._lock = Lock()
        self._run: _Run | None = None

    def next_place(self) -> tuple[str, int]:
        with self._lock:
            self._run = self._run or _Run()
            return self._run.id, next(self._run.numbers)


_runs = _Runs()
os.register_at_fork(after_in_child=_runs.begin_anew)


def next_place() -> tuple[str, int]:
    """Return this process's run and the number of its next record."""
    return _runs.next_place()

"""The run: one process's life, in which its records are numbered, so that a missing one leaves a gap."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import Lock

from user_auth.foundation import clock, ids

_BEGAN_AT = "%Y%m%dT%H%M%SZ"


def _new_id() -> str:
    # When it began: so that records missing at its beginning can be told from ones that have expired.
    return f"{clock.now():{_BEGAN_AT}}-{ids.random_id()}"


@dataclass(frozen=True)
class _Run:
    id: str = field(default_factory=_new_id)
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


def began_at(run: str) -> datetime | None:
    """Return when a run began, to the second, as its name says; ``None`` when that says nothing."""
    with suppress(ValueError):
        return datetime.strptime(run.partition("-")[0], _BEGAN_AT).replace(tzinfo=UTC)
    return None

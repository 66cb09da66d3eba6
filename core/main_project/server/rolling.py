"""New workers in the place of the old ones, one after the other, while the service goes on."""

import contextlib
import http
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from granian.server.mp import WorkerProcess

from main_project.server.retirement import RETIRE

# How long a new worker may take until it answers.
START_SECONDS = 30.0
# How long an old one may take: a body of ten seconds, its answer, and whoever waited in front of them.
LEAVE_SECONDS = 20.0

log = logging.getLogger(__name__)


@dataclass
class Candidate:
    """A new worker that is to take over from another once it answers.

    Attributes:
        news: Where it tells the status of its answer to whoever asks for its health.
    """

    worker: WorkerProcess
    news: Connection
    born_at: float

    def answers(self) -> bool | None:
        """Whether it answers; ``None`` while that is not known."""
        if self.news.poll():
            try:
                return bool(self.news.recv() == http.HTTPStatus.OK)
            except EOFError:
                return False
        return False if time.monotonic() > self.born_at + START_SECONDS else None


@dataclass
class Leaver:
    """An old worker that finishes what it has."""

    worker: WorkerProcess
    since: float

    def is_late(self) -> bool:
        return time.monotonic() > self.since + LEAVE_SECONDS


class Rolling:
    """Replaces all workers when asked to; one step at a time, so that they are looked after meanwhile.

    A new worker that does not answer ends it: the old ones go on.
    """

    def __init__(self, workers: list[WorkerProcess], *, start: Callable[[int], Candidate]) -> None:
        self._workers = workers
        self._start = start
        self._is_asked = threading.Event()
        self._places: list[int] = []
        self._candidate: Candidate | None = None
        self._leaver: Leaver | None = None

    def ask(self) -> None:
        """Have all workers replaced; while that goes on, once more after it. May be called from any thread."""
        self._is_asked.set()

    def is_on(self) -> bool:
        return bool(self._candidate or self._leaver or self._places or self._is_asked.is_set())

    def fills(self, place: int) -> bool:
        """Whether there will be a new worker in a place in a moment."""
        return self._candidate is not None and self._candidate.worker.idx == place

    def others(self) -> list[WorkerProcess]:
        """Return the workers that are there beside those in the places."""
        return [each.worker for each in (self._candidate, self._leaver) if each]

    def step(self) -> None:
        """Do what can be done now."""
        if self._leaver:
            self._see_off(self._leaver)
        elif self._candidate:
            self._consider(self._candidate)
        elif self._places:
            self._candidate = self._start(self._places.pop(0))
        elif self._is_asked.is_set():
            self._is_asked.clear()
            self._places = list(range(len(self._workers)))

    def _consider(self, candidate: Candidate) -> None:
        answers = candidate.answers()
        if answers is None:
            return
        self._candidate = None
        candidate.news.close()
        if answers:
            self._install(candidate.worker)
        else:
            log.error("A new worker does not answer: the old ones go on.")
            candidate.worker.kill()  # type: ignore[no-untyped-call]
            self._places.clear()

    def _install(self, worker: WorkerProcess) -> None:
        old = self._workers[worker.idx]
        self._workers[worker.idx] = worker
        self._leaver = Leaver(old, since=time.monotonic())
        old.interrupt_by_parent = True
        if old.is_alive():  # type: ignore[no-untyped-call]
            with contextlib.suppress(ProcessLookupError):
                os.kill(old.inner.pid, RETIRE)

    def _see_off(self, leaver: Leaver) -> None:
        if not leaver.worker.is_alive():  # type: ignore[no-untyped-call]
            self._leaver = None
            log.info("Worker %s of %s has been replaced.", leaver.worker.idx + 1, len(self._workers))
        elif leaver.is_late():
            leaver.worker.kill()  # type: ignore[no-untyped-call]

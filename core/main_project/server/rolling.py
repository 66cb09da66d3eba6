"""New workers in the place of the old ones, one after the other, while the service goes on."""

import logging
import signal
import threading
import time
from collections.abc import Callable

from main_project.server.control_signals import RETIRE
from main_project.server.family import Worker

# How long a new worker may take until it answers.
START_SECONDS = 30.0
# How long an old one may take: a body of ten seconds, its answer, and whoever waited in front of them.
LEAVE_SECONDS = 20.0

log = logging.getLogger(__name__)


class Rolling:
    """Replaces all workers when asked to; one step at a time, so that they are looked after meanwhile.

    A new worker that does not answer ends it: the old ones go on.

    Args:
        begin: Is called before the first is replaced, and gives what starts the one that is to take over a place.

    Attributes:
        is_done: The latest one came to its end.
    """

    def __init__(self, workers: list[Worker], *, begin: Callable[[], Callable[[int], Worker]]) -> None:
        self.is_done = False
        self._workers = workers
        self._begin = begin
        self._start: Callable[[int], Worker] | None = None
        self._is_asked = threading.Event()
        self._places: list[int] = []
        self._candidate: Worker | None = None
        self._leaver: Worker | None = None
        self._leaving_since = 0.0

    def ask(self) -> None:
        """Have all workers replaced; while that goes on, once more after it. May be called from any thread."""
        self._is_asked.set()

    def is_on(self) -> bool:
        return bool(self._candidate or self._leaver or self._places)

    def fills(self, place: int) -> bool:
        """Whether there will be a new worker in a place in a moment."""
        return self._candidate is not None and self._candidate.place == place

    def others(self) -> list[Worker]:
        """Return the workers that are there beside those in the places."""
        return [each for each in (self._candidate, self._leaver) if each]

    def step(self) -> None:
        """Do what can be done now."""
        if self._leaver:
            self._see_off(self._leaver)
        elif self._candidate:
            self._consider(self._candidate)
        elif self._places and self._start:
            self._candidate = self._start(self._places.pop(0))
        elif self._is_asked.is_set():
            self._is_asked.clear()
            self._places = list(range(len(self._workers)))
            self._start = self._begin()

    def _consider(self, candidate: Worker) -> None:
        answers = candidate.answers()
        if answers is None and time.monotonic() < candidate.birth + START_SECONDS:
            return
        self._candidate = None
        self.is_done = bool(answers)
        if answers:
            self._install(candidate)
        else:
            log.error("A new worker does not answer: the old ones go on.")
            candidate.send(signal.SIGKILL)
            self._places.clear()

    def _install(self, worker: Worker) -> None:
        self._leaver, self._workers[worker.place] = self._workers[worker.place], worker
        self._leaving_since = time.monotonic()
        self._leaver.send(RETIRE)

    def _see_off(self, leaver: Worker) -> None:
        if not leaver.is_alive():
            self._leaver = None
            log.info("Worker %s of %s has been replaced.", leaver.place + 1, len(self._workers))
        elif time.monotonic() > self._leaving_since + LEAVE_SECONDS:
            leaver.send(signal.SIGKILL)

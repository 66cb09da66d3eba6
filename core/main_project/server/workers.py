"""The worker processes, kept running."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.connection import Connection as News
from multiprocessing.connection import wait

from main_project.server.family import Origin, Worker
from main_project.server.listeners import Listeners
from main_project.server.ports import Address
from main_project.server.rolling import Rolling

# Of the three seconds that stopping may take: the rest is mongod's. Workers end a moment before it is over.
STOP_SECONDS = 1.2
# How often the workers are looked at, beside the moments at which one tells something or ends.
LOOK_SECONDS = 0.5
ROLLING_LOOK_SECONDS = 0.05
SAME_MOMENT_SECONDS = 0.05
# A worker of this age has mostly begun to answer.
SETTLED_SECONDS = 10.0
# A worker that ends before its time is replaced at once, its replacement only this long after its start, and so on.
FIRST_SPACING_SECONDS = 1.0
LONGEST_SPACING_SECONDS = 8.0
STEADY_SECONDS = 60.0

log = logging.getLogger(__name__)


class Workers:
    """All worker processes of the service.

    Whichever ends is replaced, again and again once the service has been up; before that, a replacement that ends too
    shows that there is no use.

    Args:
        spares: What the first are made of, one for each.
        duties: What each is told when it begins (``worker.run``).
    """

    def __init__(self, address: Address, *, spares: list[Origin], duties: Mapping[str, object]) -> None:
        self.are_up = threading.Event()
        self._duties = duties
        self._spares = list(spares)
        self._fork_server: Origin | None = None
        self._next_fork_server: Origin | None = None
        self._origins = list(spares)
        self._listeners = Listeners(address)
        self._spacing = [0.0] * len(spares)
        self._workers: list[Worker] = []
        self._rolling = Rolling(self._workers, begin=self._begin_rolling)
        self._is_stopping = False
        self._woken, self._to_wake = os.pipe()

    def run(self) -> int:
        """Keep the workers running until ``stop`` is called; return the exit status. For the main thread alone."""
        try:
            self._workers += [self._start(place) for place in range(len(self._spacing))]
            return self._look_on()
        finally:
            self._end()

    def stop(self) -> None:
        """Make ``run`` end the workers and return; may be called from any thread."""
        self._is_stopping = True
        self._wake()

    def renew(self) -> None:
        """Put new workers in the place of the old ones, and lose no request; may be called from any thread."""
        self._rolling.ask()
        self._wake()

    def _look_on(self) -> int:
        while not self._is_stopping:
            dead = self._find_dead()
            if not self.are_up.is_set() and any(self._spacing[worker.place] for worker in dead):
                log.error("The workers cannot start.")
                return 1
            self._look_after(dead)
            if self.are_up.is_set():
                self._roll()
            self._await_news()
        return 0

    def _find_dead(self) -> list[Worker]:
        if all(worker.is_alive() for worker in self._workers):
            return []
        # What ends one often ends all, and whether others go on decides what becomes of its connections.
        time.sleep(SAME_MOMENT_SECONDS)
        return [worker for worker in self._workers if not worker.is_alive()]

    def _look_after(self, dead: list[Worker]) -> None:
        settled = time.monotonic() - SETTLED_SECONDS
        others_answer = any(worker.birth < settled for worker in self._workers if worker not in dead)
        for worker in dead:
            if self._rolling.fills(worker.place):
                continue
            if others_answer:
                # Else its connections wait for its successor.
                self._listeners.close(worker.place)
            if time.monotonic() >= worker.birth + self._spacing[worker.place]:
                self._replace(worker)

    def _replace(self, worker: Worker) -> None:
        before = 0.0 if time.monotonic() > worker.birth + STEADY_SECONDS else self._spacing[worker.place]
        self._spacing[worker.place] = min(2 * before or FIRST_SPACING_SECONDS, LONGEST_SPACING_SECONDS)
        self._workers[worker.place] = self._start(worker.place)
        self._end_needless_origins()

    def _start(self, place: int) -> Worker:
        if self._spares:
            return self._start_by(self._spares.pop(0), place)
        if self._fork_server is None or not self._fork_server.is_alive():
            self._fork_server = self._start_fork_server()
        return self._start_by(self._fork_server, place)

    def _start_by(self, origin: Origin, place: int) -> Worker:
        return origin.order(place=place, listener=self._listeners.at(place), duties=self._duties)

    def _start_fork_server(self) -> Origin:
        started = Origin.server()
        self._origins.append(started)
        return started

    def _begin_rolling(self) -> Callable[[int], Worker]:
        self._next_fork_server = self._start_fork_server()
        return partial(self._start_by, self._next_fork_server)

    def _roll(self) -> None:
        was_on = self._rolling.is_on()
        self._rolling.step()
        if was_on and not self._rolling.is_on():
            if self._rolling.is_done:
                self._fork_server = self._next_fork_server
            self._next_fork_server = None
            self._end_needless_origins()

    def _end_needless_origins(self) -> None:
        everybody = [*self._workers, *self._rolling.others()]
        needed = {self._fork_server, self._next_fork_server, *self._spares, *(worker.origin for worker in everybody)}
        for each in self._origins:
            if each not in needed:
                each.end()
        self._origins = [each for each in self._origins if each in needed]

    def _await_news(self) -> None:
        """Wait until a worker tells something or ends, or somebody wants something."""
        everybody = [*self._workers, *self._rolling.others()]
        sources: list[News | int] = [self._woken, *(worker.news for worker in everybody if not worker.news.closed)]
        ready = wait(sources, ROLLING_LOOK_SECONDS if self._rolling.is_on() else LOOK_SECONDS)
        if self._woken in ready:
            os.read(self._woken, 64)

    def _wake(self) -> None:
        os.write(self._to_wake, b"!")

    def _end(self) -> None:
        everybody = [*self._workers, *self._rolling.others()]
        for worker in everybody:
            worker.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while (left := [worker.news for worker in everybody if worker.is_alive()]) and time.monotonic() < deadline:
            wait(left, deadline - time.monotonic())
        for origin in self._origins:
            origin.end()
        self._listeners.close_all()

"""The worker processes, kept running by granian."""

import contextlib
import logging
import multiprocessing
import resource
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from main_project.server import retirement
from main_project.server.listeners import Inherited, Listeners
from main_project.server.ports import Address
from main_project.server.rolling import Candidate, Rolling

APPLICATION = "main_project.server.front:app"
# Connections that a worker holds, idle ones too. granian's default would stop at a thousand, for all workers.
CONNECTIONS = 16_384
# What a process needs beside its connections: the database's, files, the threads' own.
OTHER_FILES = 512
BACKLOG = 2048
# Also how long an unused connection stays open: longer than the 60 s that balancers commonly keep theirs.
HEAD_SECONDS = 75
HEAD_BYTES = 64 * 1024
# Of the three seconds that stopping may take: the rest is mongod's.
STOP_SECONDS = 1
# How often the workers are looked at, beside the moments at which one is known to have ended.
LOOK_SECONDS = 0.5
ROLLING_LOOK_SECONDS = 0.05
SAME_MOMENT_SECONDS = 0.05
# A worker of this age has mostly begun to answer.
SETTLED_SECONDS = 10.0
# A worker that ends before its time is replaced at once, its replacement only this long after its start, and so on.
FIRST_SPACING_SECONDS = 1.0
LONGEST_SPACING_SECONDS = 8.0
STEADY_SECONDS = 60.0
# granian's own lines go where those of all others go, in the same form.
LOGGING: dict[str, Any] = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}

Target = Callable[..., Any]

log = logging.getLogger(__name__)


class Workers(MPServer):
    """All worker processes of the service: granian's, under a supervision of our own.

    granian's (2.8.7) forgets a worker that ends while another is being replaced, and gives up all of them when one
    ends twice within seconds. This one looks at each worker and replaces it, again and again once the service has been
    up; before that, a replacement that ends too shows that there is no use.

    Nor does granian's know when a new worker answers, and it closes the socket that the old one listened on with the
    connections that still waited in it.
    """

    def __init__(self, address: Address, *, count: int) -> None:
        super().__init__(
            APPLICATION,
            address=address.host,
            port=address.port,
            interface=Interfaces.RSGI,
            workers=count,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES),
            websockets=False,
            backlog=BACKLOG,
            backpressure=max(1, _raise_file_limit() - OTHER_FILES),
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.error,
            log_dictconfig=LOGGING,
        )
        self.are_up = threading.Event()
        self._spacing = [0.0] * count
        self._listeners = Listeners(address, backlog=BACKLOG)
        self._rolling = Rolling(self.wrks, start=self._start_candidate)

    def run(self) -> int:
        """Keep the workers running until ``stop`` is called; return the exit status. For the main thread alone."""
        multiprocessing.set_start_method("spawn", force=True)  # a fork would share the parent's threads and client
        with contextlib.suppress(SystemExit):
            self.serve()
        return 0 if self.interrupt_signal else 1

    def stop(self) -> None:
        """Make ``run`` end the workers and return; may be called from any thread."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def renew(self) -> None:
        """Put new workers in the place of the old ones, and lose no request; may be called from any thread."""
        self._rolling.ask()
        self.main_loop_interrupt.set()

    def _serve_loop(self, spawn_target: Target, target_loader: Target) -> None:
        self._spawn = partial(self._spawn_worker, target=spawn_target, callback_loader=target_loader)
        while not self.interrupt_signal:
            dead = self._find_dead()
            if not self.are_up.is_set() and any(self._spacing[worker.idx] for worker in dead):
                log.error("The workers cannot start.")
                return
            self._look_after(dead)
            if self.are_up.is_set():
                self._rolling.step()
            self.main_loop_interrupt.wait(ROLLING_LOOK_SECONDS if self._rolling.is_on() else LOOK_SECONDS)
            self.main_loop_interrupt.clear()

    def _find_dead(self) -> list[WorkerProcess]:
        if all(worker.is_alive() for worker in self.wrks):  # type: ignore[no-untyped-call]
            return []
        # What ends one often ends all, and whether others go on decides what becomes of its connections.
        time.sleep(SAME_MOMENT_SECONDS)
        return [worker for worker in self.wrks if not worker.is_alive()]  # type: ignore[no-untyped-call]

    def _look_after(self, dead: list[WorkerProcess]) -> None:
        settled = time.monotonic() - SETTLED_SECONDS
        others_answer = any(worker.birth < settled for worker in self.wrks if worker not in dead)
        for worker in dead:
            if self._rolling.fills(worker.idx):
                continue
            if others_answer:
                # Else its connections wait for its successor.
                self._listeners.close(worker.idx)
            if time.monotonic() >= worker.birth + self._spacing[worker.idx]:
                self._replace(worker)

    def _replace(self, worker: WorkerProcess) -> None:
        before = 0.0 if time.monotonic() > worker.birth + STEADY_SECONDS else self._spacing[worker.idx]
        self._spacing[worker.idx] = min(2 * before or FIRST_SPACING_SECONDS, LONGEST_SPACING_SECONDS)
        self.wrks[worker.idx] = self._start(worker.idx)

    def _start_candidate(self, place: int) -> Candidate:
        news, to_tell = multiprocessing.Pipe(duplex=False)
        with to_tell:  # the worker's alone from its start on, so that its end is the end of the news
            return Candidate(self._start(place, news=to_tell), news, born_at=time.monotonic())

    def _start(self, place: int, *, news: Connection | None = None) -> WorkerProcess:
        worker = self._spawn(place, news=news)
        worker.start()  # type: ignore[no-untyped-call]
        return worker

    def _spawn_worker(  # type: ignore[override]
        self, idx: int, target: Target, callback_loader: Target, *, news: Connection | None = None
    ) -> WorkerProcess:
        holder = self._listeners.at(idx)
        self._ssp, self._shd = None, holder  # type: ignore[assignment]
        load = partial(retirement.load, callback_loader, listener=Inherited(holder.get_fd()), news=news)
        return super()._spawn_worker(idx=idx, target=target, callback_loader=load)

    def _init_shared_socket(self) -> None:
        """Leave it to the listeners, which are opened with their workers."""
        self._sso = None

    def _drop_shared_socket(self) -> None:
        self._listeners.close_all()

    def _stop_workers(self) -> None:
        self.wrks.extend(self._rolling.others())
        super()._stop_workers()  # type: ignore[no-untyped-call]


def _raise_file_limit() -> int:
    """Let this process and its children open as many files as they need, or else as they may; return how many."""
    needed = CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return needed if soft == resource.RLIM_INFINITY else min(soft, needed)

"""The worker processes, kept running by granian."""

import contextlib
import logging
import multiprocessing
import resource
import threading
import time
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from main_project.server.ports import Address

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
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
TO_STDERR: dict[str, Any] = {
    "handlers": {
        "console": {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
        "access": {"formatter": "access", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
    }
}

log = logging.getLogger(__name__)


class Workers:
    """All worker processes of the service.

    A worker that ends is replaced at once. If it ends again right away granian gives up; then all of them are
    started anew after a growing pause, unless the service has never been up at all.
    """

    def __init__(self, address: Address, *, count: int) -> None:
        self._address = address
        self._count = count
        self._files = _raise_file_limit()
        self._server: MPServer | None = None
        self._stopping = threading.Event()
        self.are_up = threading.Event()

    def run(self) -> int:
        """Keep the workers running until ``stop`` is called; return the exit status. To be called from the main thread."""
        multiprocessing.set_start_method("spawn", force=True)  # a fork would share the parent's threads and client
        pause = 1.0
        while True:
            started = time.monotonic()
            if self._run_once() or self._stopping.is_set():
                return 0
            if not self.are_up.is_set():
                log.error("The workers cannot start.")
                return 1
            pause = 1.0 if time.monotonic() - started > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
            log.error("The workers end again and again; they are started anew in %d s.", pause)
            if self._stopping.wait(pause):
                return 0

    def stop(self) -> None:
        """Make ``run`` end the workers and return; may be called from any thread."""
        self._stopping.set()
        if server := self._server:
            server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _run_once(self) -> bool:
        """Run the workers until they are to stop (``True``), or end again and again (``False``)."""
        self._server = server = self._build()
        if not self._stopping.is_set():
            with contextlib.suppress(SystemExit):
                server.serve()
        return bool(server.interrupt_signal)

    def _build(self) -> MPServer:
        return MPServer(
            APPLICATION,
            address=self._address.host,
            port=self._address.port,
            interface=Interfaces.RSGI,
            workers=self._count,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES),
            websockets=False,
            backlog=BACKLOG,
            backpressure=min(CONNECTIONS, self._files - OTHER_FILES),
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.error,
            log_dictconfig=TO_STDERR,
        )


def _raise_file_limit() -> int:
    """Let this process and its children open as many files as they may; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard

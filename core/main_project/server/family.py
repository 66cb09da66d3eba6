"""The parent's side of its workers, and of what they are copied from."""

import contextlib
import http
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from main_project import env
from main_project.server import control_signals, fork_server
from main_project.server.errors import RefusedError


class Worker:
    """A worker process, as far as it has told of itself.

    Attributes:
        place: Its number among the workers, from 0.
        news: Where it tells its process id and that it answers; the end of the news is its own end.
        birth: By ``time.monotonic``.
    """

    def __init__(self, origin: "Origin", news: Connection, *, place: int) -> None:
        self.origin = origin
        self.place = place
        self.news = news
        self.birth = time.monotonic()
        self._pid: int | None = None
        self._status: int | None = None
        self._has_ended = False

    def is_alive(self) -> bool:
        self._listen()
        return not self._has_ended

    def answers(self) -> bool | None:
        """Whether it answers, by its own word; ``None`` while that is not known."""
        self._listen()
        if self._status is None:
            return False if self._has_ended else None
        return self._status == http.HTTPStatus.OK

    def send(self, which: signal.Signals) -> None:
        """Send a signal, if it is there to take one."""
        if self.is_alive() and self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, which)

    def _listen(self) -> None:
        try:
            while not self._has_ended and self.news.poll():
                kind, number = self.news.recv()
                if kind == "pid":
                    self._pid = number
                else:
                    self._status = number
        except (EOFError, OSError):
            self._has_ended = True
            self.news.close()


class Origin:
    """A process that workers are copied from (``fork_server``); all of them end with it. For the main thread alone."""

    def __init__(self, pid: int, orders: socket.socket) -> None:
        self._pid: int | None = pid
        self._orders = orders

    @classmethod
    def spares(cls, count: int) -> list["Origin"]:
        """Fork some from this process, which must not have started a thread nor have opened anything yet.

        Each is for one order, and becomes the worker itself.

        Raises:
            RefusedError: What the workers need cannot be imported.
        """
        try:
            # A stop waits: in the middle of an import it can come out as some other error.
            with control_signals.held():
                fork_server.preload()
        except Exception as error:
            # In full: whoever starts the service has just made the mistake.
            traceback.print_exc()
            raise RefusedError("The workers cannot start.") from error
        spares: list[Origin] = []
        for _ in range(count):
            spares.append(cls._spare(spares))
        return spares

    @classmethod
    def _spare(cls, others: list["Origin"]) -> "Origin":
        ours, theirs = socket.socketpair()
        parent_pid = os.getpid()
        with theirs, control_signals.held():
            if not (pid := os.fork()):
                ours.close()
                for each in others:
                    each.close()
                fork_server.be_spare(theirs, parent_pid=parent_pid)
        return cls(pid, ours)

    @classmethod
    def server(cls) -> "Origin":
        """Start a fork server, with the code and the settings that are there now."""
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            command = [sys.executable, "-m", fork_server.__name__, str(theirs.fileno()), str(os.getpid())]
            path = os.pathsep.join(filter(None, [str(env.CORE), os.environ.get("PYTHONPATH")]))
            return cls(os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": path}), ours)

    def order(self, *, place: int, listener: socket.socket, duties: Mapping[str, object]) -> Worker:
        """Order a worker.

        Args:
            duties: What ``worker.run`` takes by name.
        """
        news, to_tell = Pipe(duplex=False)
        order = json.dumps(duties).encode().ljust(fork_server.ORDER_BYTES)
        # The worker's alone, so that its end is the end of the news.
        with to_tell, contextlib.suppress(ConnectionError):
            socket.send_fds(self._orders, [order], [listener.fileno(), to_tell.fileno()])
        return Worker(self, news, place=place)

    def close(self) -> None:
        """Give no more orders; whoever waits for the first ends."""
        self._orders.close()

    def is_alive(self) -> bool:
        if self._pid:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                fork_server.tell_end(pid, status)
                self._pid = None
        return self._pid is not None

    def end(self) -> None:
        """End it at once, and with it what workers it still has."""
        self.close()
        if self.is_alive() and self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None

"""The parent's side of its fork servers, and of the workers that these fork."""

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

    def __init__(self, server: "ForkServer", news: Connection, *, place: int) -> None:
        self.server = server
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


class ForkServer:
    """A process that forks workers (``fork_server``); all of them end with it. For the main thread alone."""

    def __init__(self, pid: int, orders: socket.socket) -> None:
        self._pid: int | None = pid
        self._orders = orders

    @classmethod
    def here(cls) -> "ForkServer":
        """Fork it from this process, which must not have started a thread nor have opened anything yet.

        Raises:
            RefusedError: What the workers need cannot be imported.
        """
        try:
            fork_server.preload()
        except Exception as error:
            # In full: whoever starts the service has just made the mistake.
            traceback.print_exc()
            raise RefusedError("The workers cannot start.") from error
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent_pid = os.getpid()
        with control_signals.held():
            if not (pid := os.fork()):
                ours.close()
                fork_server.run(theirs, parent_pid=parent_pid)
        theirs.close()
        return cls(pid, ours)

    @classmethod
    def anew(cls) -> "ForkServer":
        """Start it with the code and the settings that are there now."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            theirs.set_inheritable(True)
            command = [sys.executable, "-m", fork_server.__name__, str(theirs.fileno()), str(os.getpid())]
            path = os.pathsep.join(filter(None, [str(env.CORE), os.environ.get("PYTHONPATH")]))
            return cls(os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": path}), ours)

    def fork(self, *, place: int, listener: socket.socket, duties: Mapping[str, object]) -> Worker:
        """Have it fork a worker, as soon as it has imported everything.

        Args:
            duties: What ``worker.run`` takes by name.
        """
        news, to_tell = Pipe(duplex=False)
        # The worker's alone, so that its end is the end of the news.
        with to_tell, contextlib.suppress(ConnectionError):
            socket.send_fds(self._orders, [json.dumps(duties).encode()], [listener.fileno(), to_tell.fileno()])
        return Worker(self, news, place=place)

    def is_alive(self) -> bool:
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = None
        return self._pid is not None

    def end(self) -> None:
        """End it at once, and with it what workers it still has."""
        self._orders.close()
        if self.is_alive() and self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None

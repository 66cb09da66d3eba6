"""A proxy in front of MongoDB that can hold up the change stream, and nothing else."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

CHUNK = 65_536
# What the command that opens a change stream says.
MARK = b"$changeStream"


class Proxy:
    """Listens on the loopback address, and passes on what comes to a Unix socket and back.

    Args:
        target: mongod's socket.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flows = threading.Event()
        self._flows.set()
        self._open: list[socket.socket] = []

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self._listener.getsockname()[1]}/?directConnection=true"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._flows.set()
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def stall(self) -> None:
        """Hold up all that comes through a change stream, from now on."""
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._open += [near, far]
                link = _Link(self._flows)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=link.pump, args=(source, sink), daemon=True).start()


class _Link:
    """One connection, both ways."""

    def __init__(self, flows: threading.Event) -> None:
        self._flows = flows
        self._is_stream = False

    def pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._is_stream = self._is_stream or MARK in chunk
                if self._is_stream:
                    self._flows.wait()
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)

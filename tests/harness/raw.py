"""Requests byte by byte, for what no well-behaved client sends."""

import contextlib
import http.client
import io
import json
import socket
from collections.abc import Iterator
from typing import Any

from tests.harness.service import Service


class Connection:
    """A connection on which anything can be sent."""

    def __init__(self, service: Service, *, seconds: float = 20) -> None:
        self._socket = socket.create_connection((service.host, service.port), timeout=seconds)
        # One for all answers: what it has read ahead of one belongs to the next.
        self._incoming = _Incoming(self._socket.makefile("rb"))

    def send(self, *parts: str | bytes) -> None:
        self._socket.sendall(b"".join(part.encode() if isinstance(part, str) else part for part in parts))

    def answer(self, *, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (by name in lower case, the last of each) and body of the next answer.

        Raises:
            http.client.HTTPException: There is none: the connection was closed.
        """
        response = http.client.HTTPResponse(self._incoming, method=method)  # type: ignore[arg-type]
        response.begin()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def json(self) -> dict[str, Any]:
        """Return the next answer's body, read as JSON."""
        value: dict[str, Any] = json.loads(self.answer()[2])
        return value

    def is_closed(self) -> bool:
        """Whether the other side closes the connection before it sends anything more; waits until one of both."""
        try:
            return self._socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self._incoming.end()
        self._socket.close()


class _Incoming:
    """What a connection brings, for one reader of answers after the other; it stays open between them."""

    def __init__(self, file: "io.BufferedReader") -> None:
        self._file = file

    def makefile(self, _mode: str) -> "_Incoming":
        return self

    def readline(self, size: int = -1) -> bytes:
        return self._file.readline(size)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: bytearray) -> int:
        return self._file.readinto(buffer)

    def peek(self, size: int = 0) -> bytes:
        return self._file.peek(size)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def end(self) -> None:
        self._file.close()


@contextlib.contextmanager
def connected(service: Service, *, seconds: float = 20) -> Iterator[Connection]:
    """Open a connection."""
    connection = Connection(service, seconds=seconds)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def many_connected(service: Service, *, count: int) -> Iterator[list[Connection]]:
    """Open many connections at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connected(service)) for _ in range(count)]

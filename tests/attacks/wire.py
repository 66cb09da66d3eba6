"""Requests as bytes, and answers as they came: what no library would send, and nothing that one would tidy up."""

import http.client
import json
import socket
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from tests.harness.service import Service

SECONDS = 20
JSON = "Content-Type: application/json"
# The largest body that a service takes.
LARGEST = 16 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer; its headers in the order in which they came, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for each, value in self.headers if each == name]

    def header(self, name: str) -> str:
        """Return a header that is there at most once."""
        assert len(self.all(name)) <= 1, f"{name} came twice"
        return next(iter(self.all(name)), "")

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json()["code"])


def head(line: str, *headers: str, host: str | None = "127.0.0.1", body: bytes = b"") -> bytes:
    """Build a request from its first line (``POST /login``); the body's length is added, the version if it has none.

    Text is sent as Latin-1, so that any byte can be written.
    """
    first = line if " HTTP/" in line else f"{line} HTTP/1.1"
    own = [f"Host: {host}"] if host is not None else []
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([first, *own, *headers, *length, "", ""]).encode("latin-1") + body


def post(path: str, body: object = None, *headers: str) -> bytes:
    """Build a well-formed ``POST`` with a JSON body, or with none."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return head(f"POST {path}", *([JSON] if raw else []), *headers, body=raw)


def exchange(service: Service, request: bytes, *, source: str = "127.0.0.1") -> Answer:
    """Send one request on a connection of its own, from a loopback address of one's choice."""
    with closing(_connect(service, source=source)) as connection:
        connection.sendall(request)
        return _answer(connection, request)


def exchange_half_closed(service: Service, request: bytes) -> Answer:
    """Send a request and say that nothing more will come."""
    with closing(_connect(service)) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return _answer(connection, request)


def volley(service: Service, requests: Iterable[bytes]) -> list[Answer]:
    """Send many requests at the same instant, each on a connection of its own; answers come in the same order."""
    wanted = list(requests)
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(_connect(service))) for _ in wanted]
        # All but the last byte goes first, so that what remains to be sent takes microseconds.
        for connection, request in zip(connections, wanted, strict=True):
            connection.sendall(request[:-1])
        for connection, request in zip(connections, wanted, strict=True):
            connection.sendall(request[-1:])
        return [_answer(connection, request) for connection, request in zip(connections, wanted, strict=True)]


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """Count answers by their status."""
    found = [answer.status for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}


def _connect(service: Service, *, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((service.host, service.port), timeout=SECONDS, source_address=(source, 0))


def _answer(connection: socket.socket, request: bytes) -> Answer:
    # A raw response does not take the bytes after this answer for itself.
    response = http.client.HTTPResponse(connection, method=request.partition(b" ")[0].decode("latin-1"))
    with closing(response):
        response.begin()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, headers, response.read())

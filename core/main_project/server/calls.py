"""Calls of the WSGI application, in threads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Environ = dict[str, Any]
Application = Callable[..., Iterable[bytes]]
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """A whole answer; the service has none that would be too large to hold."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def start(self, status: str, headers: Headers, _error: object = None) -> Callable[[bytes], None]:
        """Be told what WSGI tells a server before the body."""
        self.status = int(status[:3])
        # Django puts a space in front of each cookie.
        self.headers = [(name, value.strip()) for name, value in headers]
        return self._write

    def _write(self, chunk: bytes) -> None:
        self.body += chunk


def call(application: Application, environ: Environ) -> Answer:
    """Return the application's answer to one request."""
    answer = Answer()
    chunks = application(environ, answer.start)
    try:
        answer.body += b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    return answer

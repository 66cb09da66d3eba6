"""Request bodies, read in the event loop: whoever sends one slowly holds up nobody else."""

import asyncio
import io
from dataclasses import dataclass
from typing import Protocol

from main_project.server.rsgi import Exchange, Scope
from user_auth.foundation.errors import AuthError, RequestTimeoutError
from user_auth.web.incoming import MAX_BODY_BYTES

ARRIVAL_SECONDS = 10


class Input(Protocol):
    """The part of a file that WSGI asks of ``wsgi.input``."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Body:
    """What came of a body.

    Attributes:
        length: As announced, else that of the content; ``None`` when there is no body.
        content: What has come of it, up to one byte more than may be sent.
        failure: Why there is no whole body; raised when the body is read, so that the checks before it come first.
    """

    length: int | None
    content: bytes = b""
    failure: AuthError | None = None

    def open(self) -> Input:
        return Broken(self.failure) if self.failure else io.BytesIO(self.content)


class Broken:
    """A body that cannot be read."""

    def __init__(self, failure: AuthError) -> None:
        self._failure = failure

    def read(self, _size: int = -1, /) -> bytes:
        raise self._failure

    readline = read


async def receive(scope: Scope, exchange: Exchange) -> Body:
    """Read a body up to one byte past the limit, for a limited time. Refusing is left to the application."""
    announced = _announced(scope)
    if announced is None and "transfer-encoding" not in scope.headers:
        return Body(None)
    if announced is not None and announced > MAX_BODY_BYTES:
        return Body(announced)
    try:
        async with asyncio.timeout(ARRIVAL_SECONDS):
            content = await _read(exchange)
    except TimeoutError:
        return Body(announced or MAX_BODY_BYTES, failure=RequestTimeoutError())
    return Body(len(content) if announced is None else announced, content)


def _announced(scope: Scope) -> int | None:
    text = scope.headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


async def _read(exchange: Exchange) -> bytes:
    content = bytearray()
    async for chunk in exchange:
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            break
    return bytes(content[: MAX_BODY_BYTES + 1])

"""Request bodies, read in the event loop: whoever sends one slowly holds up nobody else."""

import asyncio
import io
from dataclasses import dataclass
from typing import Protocol

from asgiref.typing import ASGIReceiveCallable, HTTPScope

from main_project.server.connections import IS_CUT_SHORT
from user_auth.foundation.errors import AuthError, MalformedBodyError, RequestTimeoutError
from user_auth.web.incoming import MAX_BODY_BYTES

ARRIVAL_SECONDS = 10


class Input(Protocol):
    """The part of a file that WSGI asks of ``wsgi.input``."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...


class ClientGoneError(Exception):
    """Nobody is there any more to send the rest, nor to be answered."""


@dataclass(frozen=True)
class Body:
    """What came of a body.

    Attributes:
        length: As announced, else that of the content; ``None`` when there is no body.
        content: What has come of it, up to one byte more than may be sent.
        failure: Why there is no whole body; raised when the body is read, so that the checks before it come first.
        is_cut: More of it may come, which nobody reads.
    """

    length: int | None
    content: bytes = b""
    failure: AuthError | None = None
    is_cut: bool = False

    def open(self) -> Input:
        return Broken(self.failure) if self.failure else io.BytesIO(self.content)


class Broken:
    """A body that cannot be read."""

    def __init__(self, failure: AuthError) -> None:
        self._failure = failure

    def read(self, _size: int = -1, /) -> bytes:
        raise self._failure

    readline = read


async def receive(scope: HTTPScope, more: ASGIReceiveCallable) -> Body:
    """Read a body up to one byte past the limit, for a limited time. Refusing is left to the application.

    Raises:
        ClientGoneError: The client has gone.
    """
    given = dict(scope["headers"])
    length = given.get(b"content-length")
    announced = None if length is None else int(length)
    if announced is None and b"transfer-encoding" not in given:
        return Body(None)
    if announced is not None and announced > MAX_BODY_BYTES:
        return Body(announced, is_cut=True)
    try:
        async with asyncio.timeout(ARRIVAL_SECONDS):
            content, is_cut = await _read(more)
    except TimeoutError:
        return Body(announced or MAX_BODY_BYTES, failure=RequestTimeoutError(), is_cut=True)
    if scope["state"].get(IS_CUT_SHORT):
        return Body(announced or MAX_BODY_BYTES, failure=MalformedBodyError(), is_cut=True)
    return Body(len(content) if announced is None else announced, content, is_cut=is_cut)


async def _read(more: ASGIReceiveCallable) -> tuple[bytes, bool]:
    content, has_more = bytearray(), True
    while has_more and len(content) <= MAX_BODY_BYTES:
        message = await more()
        if message["type"] != "http.request":
            raise ClientGoneError
        content += message["body"]
        has_more = message["more_body"]
    return bytes(content[: MAX_BODY_BYTES + 1]), has_more or len(content) > MAX_BODY_BYTES

"""How a worker takes over from another, and how it goes.

All of this runs in the worker. One that is to take over says when it answers. One that is to go takes no further
connection, lets those it has ask once more and tells them that this was the last time, then closes what is idle.
"""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Protocol

from main_project.server.listeners import Inherited
from main_project.server.rsgi import Exchange, Scope

RETIRE = signal.SIGUSR1
# From then on until idle connections are closed. Clients that use theirs meanwhile are told to open another.
LAST_SECONDS = 1.0
HEALTH = "/healthz"
CLOSE = ("Connection", "close")


class Application(Protocol):
    """What answers the requests of a worker."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None: ...
    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None: ...
    def __rsgi__(self, scope: Scope, exchange: Exchange) -> Coroutine[Any, Any, None]: ...


def load(load_application: Callable[[], Application], *, listener: Inherited, news: Connection | None) -> "Retiring":
    """Return what a worker is to run.

    Args:
        load_application: Imports the application.
        listener: The socket that the worker listens on.
        news: Where to tell whether the worker answers; ``None`` when nobody waits for it.
    """
    return Retiring(load_application(), listener=listener.descriptor, news=news)


class Retiring:
    """The application of a worker that will go one day."""

    def __init__(self, application: Application, *, listener: int, news: Connection | None) -> None:
        self._application = application
        self._answer = application.__rsgi__
        self._listener = listener
        self._news = news

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.__rsgi_init__(loop)
        loop.add_signal_handler(RETIRE, self._retire, loop)
        if self._news:
            # Kept: the loop itself forgets tasks that nobody refers to.
            self._telling = loop.create_task(self._tell(self._news))

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.__rsgi_del__(loop)

    def __rsgi__(self, scope: Scope, exchange: Exchange) -> Coroutine[Any, Any, None]:
        return self._answer(scope, exchange)

    async def _tell(self, news: Connection) -> None:
        """Ask the application whether it is well, as anybody may, and tell the parent."""
        probe = Probe()
        with news:  # closed in any case: the parent does not wait for what will not come
            await self._application.__rsgi__(probe, probe)
            news.send(probe.status)

    def _retire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._stop_listening()
        self._answer = partial(_answer_last, self._application)
        loop.call_later(LAST_SECONDS, signal.raise_signal, signal.SIGTERM)

    def _stop_listening(self) -> None:
        """Put a socket to which nobody connects in the place of the one shared with the successor.

        To stop right away would close connections whose first request is on its way.
        """
        with socket.socket(socket.AF_UNIX) as deaf:
            # It must listen, or the server would try again and again; Linux gives it a name that nobody knows.
            deaf.bind("")
            deaf.listen()
            deaf.settimeout(0)
            os.dup2(deaf.fileno(), self._listener)


async def _answer_last(application: Application, scope: Scope, exchange: Exchange) -> None:
    await application.__rsgi__(scope, Last(exchange))


class Last:
    """A request after which its connection is closed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._exchange.__aiter__()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes, /) -> None:
        self._exchange.response_bytes(status, [*headers, CLOSE], body)


class NoHeaders:
    """The headers of a request that has none."""

    def __contains__(self, _name: str, /) -> bool:
        return False

    def keys(self) -> list[str]:
        return []

    def items(self) -> list[tuple[str, str]]:
        return []

    def get(self, _name: str, default: str, /) -> str:
        return default


class Probe:
    """A request for the worker's health, and the answer to it.

    Attributes:
        status: That of the answer; 0 when there is none.
    """

    http_version = "1.1"
    server = client = "127.0.0.1:0"
    scheme = "http"
    method = "GET"
    path = HEALTH
    query_string = ""
    authority: str | None = None
    headers = NoHeaders()
    status = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    def response_bytes(self, status: int, _headers: list[tuple[str, str]], _body: bytes, /) -> None:
        self.status = status

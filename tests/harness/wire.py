"""The server's connections without a network, in the process of a test."""

import asyncio
from typing import Any

import uvicorn

from main_project.server import lane
from main_project.server.connections import Connection, Read, State
from main_project.server.front import Front


class Wire(asyncio.Transport):
    """A connection's other end.

    Attributes:
        sent: What the server has sent, of any number of answers.
        is_closed: It has closed the connection.
    """

    def __init__(self, client: str = "192.0.2.1") -> None:
        super().__init__(extra={"peername": (client, 4321), "sockname": ("127.0.0.1", 8000)})
        self.sent = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading

    def is_closing(self) -> bool:
        return self.is_closed

    @property
    def status(self) -> int:
        return int(self.sent.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.sent.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines)

    @property
    def body(self) -> bytes:
        return self.sent.partition(b"\r\n\r\n")[2]


class Server:
    """What a worker has, but for its listening socket.

    Args:
        read: Tells which requests can be answered without the application.
    """

    def __init__(self, front: Front, *, read: Read = lane.read, state: State | None = None) -> None:
        self.state = state or State()
        self._read = read
        self._config = uvicorn.Config(front, interface="asgi3", ws="none", lifespan="off", log_config=None)
        self._config.load()

    def connect(self, wire: Wire) -> Connection:
        connection = Connection(self._config, self.state, read=self._read)
        connection.connection_made(wire)
        return connection

    async def ask(self, connection: Connection, request: bytes) -> None:
        """Send a request, and wait until all that was asked is answered."""
        connection.data_received(request)
        while not connection.is_free():  # noqa: ASYNC110 - connections know no events
            await asyncio.sleep(0.001)

    async def answer(self, request: bytes, *, client: str = "192.0.2.1") -> Wire:
        """Send a request over a connection of its own, and return that once it is answered."""
        wire = Wire(client)
        await self.ask(self.connect(wire), request)
        return wire

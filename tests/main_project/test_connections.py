"""What a client may keep open, and how much it may send before it is answered."""

import asyncio

from main_project.server import connections
from main_project.server.connections import HEAD_SECONDS, MOST_HEADERS, Connection, State
from main_project.server.front import Front
from main_project.wsgi import application
from tests.harness.wire import Server, Wire

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def test_a_head_has_room_for_a_hundred_headers() -> None:
    """One more is refused, and the connection is closed: who sends so many means no good."""

    async def story() -> tuple[Wire, Wire]:
        server, header = Server(Front(application)), b"X-Some: a\r\n"
        return (
            await server.answer(HEALTH + header * (MOST_HEADERS - 1) + b"\r\n"),
            await server.answer(HEALTH + header * MOST_HEADERS + b"\r\n"),
        )

    enough, many = asyncio.run(story())
    assert (enough.status, enough.is_closed) == (200, False)
    assert (many.status, many.is_closed) == (431, True)


def test_a_head_without_end_is_refused() -> None:
    """Also when it comes in small pieces; the next request on the same connection has its own room."""

    async def story() -> tuple[Wire, int]:
        server, wire = Server(Front(application)), Wire()
        connection, sent = server.connect(wire), 0
        piece = b"X-Some: " + b"a" * 1000 + b"\r\n"
        connection.data_received(HEALTH)
        while not wire.is_closed:
            connection.data_received(piece)
            sent += len(piece)
        return wire, sent

    wire, sent = asyncio.run(story())
    assert wire.status == 431
    assert connections.HEAD_BYTES - 2000 < sent <= connections.HEAD_BYTES + 2000


def test_connections_without_a_whole_head_are_closed_in_the_end() -> None:
    """Whether nothing came or half of one, at first or after an answer; one that has just been used stays."""

    async def story() -> list[bool]:
        server, wires = Server(Front(application)), [Wire() for _ in range(4)]
        silent, half, used, _ = (server.connect(wire) for wire in wires)
        half.data_received(HEALTH[:20])
        await server.ask(used, HEALTH + b"\r\n")
        used.data_received(b"G")
        for connection in (silent, half, used):
            connection.since -= HEAD_SECONDS + 1
        server.state.close_quiet(now=asyncio.get_running_loop().time())
        return [wire.is_closed for wire in wires]

    assert asyncio.run(story()) == [True, True, True, False]


def test_a_connection_that_is_answered_is_not_quiet() -> None:
    """However long the answer takes."""

    async def story() -> bool:
        server, wire = Server(Front(application)), Wire()
        connection: Connection = server.connect(wire)
        connection.data_received(HEALTH + b"\r\n")
        connection.since -= HEAD_SECONDS + 1
        server.state.close_quiet(now=asyncio.get_running_loop().time())
        is_closed = wire.is_closed
        await server.ask(connection, b"")
        return is_closed

    assert not asyncio.run(story())


def test_whoever_does_not_read_is_not_waited_for() -> None:
    """What has been sent fills the buffers; after a while the connection is given up, and all that waits on it."""

    async def story() -> list[bool]:
        server, wire = Server(Front(application)), Wire()
        connection = server.connect(wire)
        connection.pause_writing()
        connection.data_received(HEALTH + b"\r\n" + HEALTH + b"\r\n")
        closed = []
        for seconds in (0, HEAD_SECONDS + 1):
            connection.since -= seconds
            server.state.close_quiet(now=asyncio.get_running_loop().time())
            closed.append(wire.is_closed)
        connection.connection_lost(None)
        await asyncio.gather(*server.state.tasks)
        return closed

    assert asyncio.run(story()) == [False, True]


def test_nothing_is_done_behind_the_last_request() -> None:
    """A request that asks for the connection to be closed is the last one, whatever comes with it."""

    async def story() -> bytes:
        server = Server(Front(application))
        last = HEALTH + b"Connection: close\r\n\r\n"
        return (await server.answer(last + HEALTH + b"\r\n")).sent

    assert asyncio.run(story()).count(b"HTTP/1.1") == 1


def test_there_are_only_so_many_connections() -> None:
    """One beyond them is closed at once, so that the process keeps files for the database."""

    async def story() -> list[bool]:
        server, wires = Server(Front(application), state=State(most=2)), [Wire() for _ in range(3)]
        for wire in wires:
            server.connect(wire)
        return [wire.is_closed for wire in wires]

    assert asyncio.run(story()) == [False, False, True]

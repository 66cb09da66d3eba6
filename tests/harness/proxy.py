"""A TCP proxy whose connections can be made to hang, as a pulled cable would."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

CHUNK = 64 * 1024
SECONDS = 10
# Given the local port of whoever connects: whether what they send, and what is sent to them, gets through.
Passage = Callable[[int], bool]


def anybody(_port: int) -> bool:
    return True


def nobody(_port: int) -> bool:
    return False


class Proxy:
    """Passes on what comes to a port of the loopback address, in a thread of its own.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._passes: Passage = anybody
        self._may_pass = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def let_pass(self, passage: Passage) -> None:
        """Decide from now on whose bytes get through; what is held back goes on its way when it may."""
        self._run(self._change(passage))

    def reset_all(self) -> None:
        """Break off every connection."""
        self._run(self._end_connections())

    def close(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _change(self, passage: Passage) -> None:
        self._passes = passage
        # Whoever waits looks again; the event is for this change alone.
        event, self._may_pass = self._may_pass, asyncio.Event()
        event.set()

    async def _end_connections(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self) -> None:
        self._server.close()
        await self._end_connections()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        port: int = writer.get_extra_info("peername")[1]
        try:
            await self._gate(port)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            ways = [(reader, inner_writer), (inner_reader, writer)]
            pumps = [asyncio.create_task(self._pump(source, sink, port=port)) for source, sink in ways]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                inner_writer.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, port: int) -> None:
        try:
            while chunk := await source.read(CHUNK):
                await self._gate(port)
                sink.write(chunk)
                await sink.drain()
            await self._gate(port)
        except OSError:
            pass

    async def _gate(self, port: int) -> None:
        while not self._passes(port):
            await self._may_pass.wait()


def all_but(pid: int) -> Passage:
    """Return the passage that bars one process alone."""

    @cache  # a port keeps its owner for as long as anybody looks
    def passes(port: int) -> bool:
        return port not in _ports_of(pid)

    return passes


def _ports_of(pid: int) -> set[int]:
    """Return the local ports of a process's TCP connections."""
    sockets = {link.readlink().name for link in Path("/proc", str(pid), "fd").iterdir() if link.is_symlink()}
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    rows = [line.split() for line in lines]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if f"socket:[{row[9]}]" in sockets}

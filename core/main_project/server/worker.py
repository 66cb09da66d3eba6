"""What each worker process runs: connections in an event loop, and the application behind them.

One that is to take over from another says when it answers. One that is to go takes no further connection, lets those
that it has ask once more and tells them that this was the last time, then closes what is idle.
"""

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection as News
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from django.template import engines

import local_mongo
from main_project import env
from main_project.server import meters, paths
from main_project.server.connections import HEAD_SECONDS, MOST_CONNECTIONS, Connection, State
from main_project.server.control_signals import RETIRE
from main_project.server.front import Front
from main_project.server.listeners import BACKLOG
from main_project.wsgi import application
from user_auth import metrics
from user_auth.foundation import user_agents

# From the signal on, what is under way may take this long.
STOP_SECONDS = 1.0
# From RETIRE on until idle connections are closed. Clients that use theirs meanwhile are told to open another.
LAST_SECONDS = 1.0
# What a process needs beside its connections: the database's, files, the threads' own.
OTHER_FILES = 512
LOOK_SECONDS = 0.02


def preload() -> None:
    """Import what the first requests would, so that all workers share it."""
    paths.with_passwords()
    user_agents.families("")
    engines.all()


def run(listener: int, news: int, *, mongodb_uri: str | None, data_dir: str) -> None:
    """Be a worker until a signal comes.

    Args:
        listener: The socket to listen on.
        news: Where to tell the process id, and the status of the answer to whoever asks for its health.
        mongodb_uri: Of the MongoDB that the parent owns, if it owns one.
        data_dir: The parent's, whatever the settings say by now.
    """
    with News(news, readable=False) as to_tell:
        to_tell.send(("pid", os.getpid()))
        if mongodb_uri:
            local_mongo.adopt(env.load().data_dir, uri=mongodb_uri)
        meters.join(Path(data_dir))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Serving(socket.socket(fileno=listener), tell=to_tell.send).run())
        metrics.flush()


class Serving:
    """A worker's listening socket, its connections and its application.

    Args:
        tell: Is told whether the worker answers.
    """

    def __init__(self, listener: socket.socket, *, tell: Callable[[Any], None]) -> None:
        self._listener = listener
        self._tell = tell
        self._front = Front(application)
        self._state = State(most=_most_connections(_raise_file_limit()))
        self._config = uvicorn.Config(
            self._front,
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=HEAD_SECONDS,
        )
        self._config.load()
        self._stopped = asyncio.Event()
        self._retired = asyncio.Event()

    async def run(self) -> None:
        """Serve until a signal comes."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopped.set)
        loop.add_signal_handler(RETIRE, self._retired.set)
        # Blocked since the parent started.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        server = await loop.create_server(self._connect, sock=self._listener, backlog=BACKLOG)
        tasks = [loop.create_task(each) for each in (self._keep_house(), self._say_how_it_is(), self._retire(server))]
        await self._stopped.wait()
        server.close()
        await self._close_connections(seconds=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        self._front.close()

    def _connect(self) -> Connection:
        return Connection(self._config, self._state)

    async def _keep_house(self) -> None:
        """Do what is to be done once a second."""
        loop = asyncio.get_running_loop()
        while True:
            self._state.tell_time()
            self._state.close_quiet(now=loop.time())
            metrics.flush()
            await asyncio.sleep(1)

    async def _say_how_it_is(self) -> None:
        """Ask the application whether it is well, as anybody may, and tell the parent."""
        self._tell(("status", await self._front.ask_health()))

    async def _retire(self, server: asyncio.Server) -> None:
        """Go, once that is asked for, when all that was begun is answered."""
        await self._retired.wait()
        self._state.is_leaving = True
        # The successor listens on the same socket.
        server.close()
        await asyncio.sleep(LAST_SECONDS)
        await self._close_connections(seconds=float("inf"))
        self._stopped.set()

    async def _close_connections(self, *, seconds: float) -> None:
        """Close what is idle, and wait for the rest."""
        loop = asyncio.get_running_loop()
        for connection in list(self._state.connections):
            connection.shutdown()
        deadline = loop.time() + seconds
        while self._state.connections and loop.time() < deadline:  # noqa: ASYNC110 - connections know no events
            await asyncio.sleep(LOOK_SECONDS)


def _most_connections(files: int) -> int:
    """Return how many of the files that a process may open can be connections: half of them where there are few."""
    return max(files - OTHER_FILES, files // 2)


def _raise_file_limit() -> int:
    """Let this process open as many files as it needs, or else as it may; return how many."""
    needed = MOST_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return needed if soft == resource.RLIM_INFINITY else min(soft, needed)

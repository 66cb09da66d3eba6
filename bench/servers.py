"""Small applications on granian, a server as fast as any for WSGI."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.stage import WORKERS
from tests.harness.ports import free_port
from tests.harness.service import DEFAULTS, ROOT, environment_of

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running granian, in a process group of its own."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(processes.tree_of(self.process.pid))

    def await_up(self) -> None:
        """Wait until it takes connections."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"The server is not up: {self.log.read_text(encoding='utf-8')}")


@contextmanager
def serving(app: str, folder: Path, *, env: Mapping[str, str]) -> Iterator[Server]:
    """Start an application of ``bench.subjects``; it need not be up yet when the block begins."""
    port, log = free_port(), folder / f"{app.replace(':', '.')}.log"
    options = ["--interface", "wsgi", "--workers", str(WORKERS), "--port", str(port), "--log-level", "error"]
    options += ["--http", "1", "--no-ws", "--backlog", "2048", "--backpressure", "16384"]
    search = {"PYTHONPATH": f"{ROOT / 'core'}:{ROOT}", "DJANGO_SETTINGS_MODULE": "bench.subjects.settings"}
    environment = {**environment_of(folder), **search, "BENCH_KEY": DEFAULTS["SECRET_KEY"], **env}
    command = [sys.executable, "-m", "granian", *options, f"bench.subjects.{app}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment | {"BENCH_URLS": f"bench.subjects.{app.partition(':')[0]}"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Server(process, port, log)
    finally:
        # It has nothing to lose, and would take its time.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

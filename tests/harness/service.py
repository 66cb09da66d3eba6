"""A real ``manage.py serve`` with data of its own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.harness.ports import free_port
from tests.harness.waiting import children_of, command_line_of

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = ROOT / "core" / "manage.py"
READY_SECONDS = 30
PAUSE_SECONDS = 0.02
MONGOD = "mongod "
FORK_SERVER = "main_project.server.fork_server"
# Nothing of the developer's own settings may reach a service under test. They keep the bytecode that they make, whatever
# is set here: to compile all of it again and again is a third of what their starts cost.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "COVERAGE_PROCESS_START")
DEFAULTS = {
    "SECRET_KEY": "a key that only the tests know, and long enough",
    "BCRYPT_ROUNDS": "4",
    "RATE_LIMITS": "off",
    "WORKERS": "1",
}


class Service:
    """A running service, in a process group of its own.

    Attributes:
        log: What it has printed, both streams.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", *, host: str, port: int, data_dir: Path, log: Path) -> None:
        self.process = process
        self.host = host
        self.port = port
        self.data_dir = data_dir
        self.log = log

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def worker_pids(self) -> list[int]:
        """The workers: the first are children of the parent, all others of a fork server."""
        servers = self.fork_server_pids
        first = [pid for pid in children_of(self.pid) if pid not in servers and MONGOD not in command_line_of(pid)]
        return [*first, *(pid for server in servers for pid in children_of(server))]

    @property
    def fork_server_pids(self) -> list[int]:
        """What forks workers in the place of others; at first there is none."""
        return [pid for pid in children_of(self.pid) if FORK_SERVER in command_line_of(pid)]

    @property
    def mongod_pid(self) -> int:
        """The embedded mongod.

        Raises:
            StopIteration: It does not run.
        """
        return next(pid for pid in children_of(self.pid) if MONGOD in command_line_of(pid))

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, *, how: signal.Signals = signal.SIGTERM, seconds: float = 15) -> float:
        """Send a signal to the parent alone, wait for its end, and return how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(seconds)
        return time.monotonic() - started

    def kill_group(self) -> None:
        """End the parent and its workers at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)

    def get(self, path: str, *, seconds: float = 10) -> tuple[int, bytes]:
        """Return status and body of a path, over a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()

    def await_ready(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until ``/readyz`` is good.

        Raises:
            RuntimeError: The service has ended instead, or is not ready in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"The service ended with status {self.process.returncode}:\n{self.output}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/readyz")[0] == http.client.OK:
                    return
            time.sleep(PAUSE_SECONDS)
        raise RuntimeError(f"The service is not ready after {seconds} s:\n{self.output}")


@contextlib.contextmanager
def running_service(
    tmp_path: Path,
    *,
    env: Mapping[str, str] | None = None,
    settings_module: str = "main_project.settings",
    await_ready: bool = True,
) -> Iterator[Service]:
    """Run a service whose data is in ``tmp_path``, on a free port; it is gone when the block ends.

    ``env`` goes on top of harmless settings. The same ``tmp_path`` again gives a service on the same data.
    """
    service = start_service(tmp_path, env=env, settings_module=settings_module)
    try:
        if await_ready:
            service.await_ready()
        yield service
    finally:
        end(service)


@contextlib.contextmanager
def shared_service(
    folder: Path, *, env: Mapping[str, str] | None = None, settings_module: str = "main_project.settings"
) -> Iterator[Service]:
    """Run a service for many tests; of what it leaves in ``folder`` only the logs stay.

    pytest itself clears away what a single test has in its ``tmp_path``, unless that has failed.
    """
    with running_service(folder, env=env, settings_module=settings_module) as service:
        yield service
    # Its processes were killed, if need be, and may still be on their way out.
    shutil.rmtree(service.data_dir / "mongo" / "db", ignore_errors=True)


def start_service(
    tmp_path: Path,
    *,
    env: Mapping[str, str] | None = None,
    settings_module: str = "main_project.settings",
    command: tuple[str, ...] = ("serve",),
) -> Service:
    """Start ``manage.py serve``, or another command that serves, and return at once."""
    environment = environment_of(tmp_path, env=env, settings_module=settings_module)
    log = tmp_path / "service.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), *command],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    host = environment.get("HOST", "127.0.0.1")
    return Service(process, host=host, port=int(environment["PORT"]), data_dir=Path(environment["DATA_DIR"]), log=log)


def end(service: Service) -> None:
    """Stop what is left of a service."""
    if service.process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            service.stop()
    service.kill_group()
    remove_dead_socket(service.data_dir)


def remove_dead_socket(data_dir: Path) -> None:
    """Remove what a killed mongod could not: the folder of its socket, which is not among the test's own files."""
    note = data_dir / "mongo" / "owner.json"
    if not note.exists():
        return
    path = json.loads(note.read_text(encoding="utf-8"))["socket"]
    with socket.socket(socket.AF_UNIX) as probe:
        is_dead = probe.connect_ex(path) != 0
    if is_dead:
        shutil.rmtree(Path(path).parent, ignore_errors=True)


def run_manage(
    tmp_path: Path, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 30
) -> "subprocess.CompletedProcess[str]":
    """Run a management command to its end, on the data in ``tmp_path``."""
    return subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env=environment_of(tmp_path, env=env),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def environment_of(
    tmp_path: Path, *, env: Mapping[str, str] | None = None, settings_module: str = "main_project.settings"
) -> dict[str, str]:
    """Return the whole environment of a process of the service under test."""
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **DEFAULTS,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": settings_module,
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(free_port()),
        **(env or {}),
    }

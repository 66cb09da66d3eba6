"""``manage.py serve``: what it says, how it starts and how it stops."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from main_project.server import supervisor
from tests.harness import promises
from tests.harness.ports import free_port
from tests.harness.raw import connected, many_connected
from tests.harness.service import Service, environment_of, run_manage, running_service, shared_service
from tests.harness.waiting import children_of, is_alive, until

SITE = "tests.main_project.echo_site"
STOP_SECONDS = 3
pytestmark = pytest.mark.timeout(180)


def test_it_says_where_everything_is(tmp_path: Path) -> None:
    """Once it is ready: address, documentation, mailbox, data; not one line more, also when it stops."""
    with running_service(tmp_path, settings_module=SITE) as service:
        until(lambda: service.output, seconds=20)
        assert service.get("/readyz")[0] == 200
        service.stop()
        assert service.output.splitlines() == [
            "Django JWT Auth is ready.",
            f"  Address   {service.base_url}",
            f"  API docs  {service.base_url}/docs",
            f"  Mailbox   {service.base_url}/mailbox",
            f"  Data      {tmp_path / 'data'}",
        ]
        assert service.process.returncode == 0


def test_on_the_same_data_everything_is_still_there(tmp_path: Path) -> None:
    """After a stop and a start."""
    with running_service(tmp_path, settings_module=SITE) as service:
        assert service.get("/write?id=1")[0] == 201
    with running_service(tmp_path, settings_module=SITE) as service:
        assert service.get("/count")[1] == b'{"count": 1}'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, for what does not stop them."""
    with shared_service(tmp_path_factory.mktemp("two"), settings_module=SITE, env={"WORKERS": "2"}) as service:
        yield service


def test_as_many_workers_as_asked_for_answer(service: Service) -> None:
    """Each is a process of its own, and gets requests."""
    workers = service.worker_pids
    assert len(workers) == 2
    until(lambda: _answering(service) == workers[0], seconds=10)
    until(lambda: _answering(service) == workers[1], seconds=10)


def _answering(service: Service) -> int:
    return int(service.get("/process")[1].split(b'"pid": ')[1].split(b",")[0])


def test_it_listens_on_the_ipv6_loopback(tmp_path: Path) -> None:
    """``HOST=::1``, and the address is written as URLs want it."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with running_service(tmp_path, settings_module=SITE, env={"HOST": "::1"}) as service:
        assert service.get("/healthz")[0] == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_in_time(tmp_path: Path, how: signal.Signals) -> None:
    """With idle connections and unfinished requests; what is nearly done is still answered. Ctrl-C goes to all."""
    promises.keep(lambda: seconds_to_stop(tmp_path, how=how), seconds=STOP_SECONDS)


def seconds_to_stop(folder: Path, *, how: signal.Signals) -> float:
    """Stop a busy service, and return how long it took until all of it and all answers were there."""
    begun = folder / "begun"
    begun.unlink(missing_ok=True)
    with running_service(folder, settings_module=SITE, env={"WORKERS": "2"}) as service:
        processes = [service.mongod_pid, *children_of(service.pid), *service.worker_pids]
        with many_connected(service, count=50), connected(service) as half, connected(service) as late:
            half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            late.send(f"GET /slow?seconds=0.5&begun={begun} HTTP/1.1\r\nHost: a\r\n\r\n")
            until(begun.exists, seconds=10)
            if how == signal.SIGINT:
                os.killpg(service.pid, how)
            started = time.monotonic()
            service.stop(how=how)
            assert late.answer()[0] == 200
        seconds = time.monotonic() - started
        assert service.process.returncode == 0
        assert not any(map(is_alive, processes))
        assert "Traceback" not in service.output
    return seconds


@pytest.mark.parametrize("after_seconds", [0.2, 0.6, 1.0])
def test_a_stop_while_it_starts_is_quiet(tmp_path: Path, after_seconds: float) -> None:
    """At whatever moment Ctrl-C comes: no traceback, nothing left behind."""
    with running_service(tmp_path, settings_module=SITE, await_ready=False) as service:
        time.sleep(after_seconds)  # the moment is the matter
        os.killpg(service.pid, signal.SIGINT)
        service.process.wait(STOP_SECONDS)
        assert "Traceback" not in service.output
        assert service.process.returncode in (0, 130, -signal.SIGINT)


def refusal(tmp_path: Path, **env: str) -> str:
    """Return the one line with which the service refuses to start."""
    done = run_manage(tmp_path, "serve", env=env)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_taken_port(tmp_path: Path) -> None:
    """Also one that another server shares with whoever asks, as our own workers do."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal(tmp_path, PORT=str(port)) == (
            f"Port {port} on 127.0.0.1 is taken: stop what listens there, or set PORT to another.\n"
        )


def test_a_second_service_on_the_same_data(service: Service) -> None:
    """It is refused, and the first does not notice."""
    assert refusal(service.data_dir.parent) == (
        f"A service with process id {service.pid} already runs on {service.data_dir}: "
        "stop it, or set DATA_DIR to another folder.\n"
    )
    assert service.get("/readyz")[0] == 200


def test_a_refusal_leaves_no_trace(tmp_path: Path) -> None:
    """The next start does not take the one before for killed, and so wastes no time on waiting for what it left."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for _ in range(2):
            started = time.monotonic()
            refusal(tmp_path, PORT=str(taken.getsockname()[1]))
            assert time.monotonic() - started < supervisor.AFTERLIFE_SECONDS


def test_data_that_cannot_be_written(tmp_path: Path) -> None:
    """A file is where the folder should be."""
    (tmp_path / "file").touch()
    said = refusal(tmp_path, DATA_DIR=str(tmp_path / "file" / "data"))
    assert said.endswith("set DATA_DIR to a folder that this user can write to.\n")


def test_wrong_settings_are_told_all_at_once(tmp_path: Path) -> None:
    """In plain words, with a status of their own."""
    done = run_manage(tmp_path, "serve", env={"PORT": "many", "WORKERS": "0"})
    assert done.returncode == 2
    assert "PORT must be a whole number" in done.stderr
    assert "WORKERS must be a whole number" in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_that_cannot_start(tmp_path: Path) -> None:
    """A mistake in the code that only they import: it is shown, and the service ends instead of trying for ever."""
    (tmp_path / "broken_site.py").write_text(
        "from main_project.settings import *\nMIDDLEWARE = ['no.such.Middleware']\n", encoding="utf-8"
    )
    path = f"{tmp_path}{os.pathsep}{environment_of(tmp_path)['PYTHONPATH']}"
    env = {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "broken_site"}
    done = run_manage(tmp_path, "serve", env=env)
    assert done.returncode == 1
    assert "No module named 'no'" in done.stderr
    assert "The workers cannot start." in done.stderr


@pytest.mark.asvs("16.5.2")
def test_production_starts_without_its_database(tmp_path: Path) -> None:
    """A database that is away for a while keeps nobody from starting, and takes no health from a live process."""
    env = {
        "MODE": "production",
        "MONGODB_URI": f"mongodb://127.0.0.1:{free_port()}/user_auth",
        "ALLOWED_HOSTS": "auth.example.com",
        "PUBLIC_URL": "https://auth.example.com",
        "EMAIL_HOST": "localhost",
        "DEFAULT_FROM_EMAIL": "auth@example.com",
        "BCRYPT_ROUNDS": "10",
        "RATE_LIMITS": "on",
    }
    with running_service(tmp_path, env=env, await_ready=False) as service:
        until(lambda: _status(service, "/healthz") == 200, seconds=20)
        assert service.get("/readyz")[0] == 503
        assert service.stop() < STOP_SECONDS


def _status(service: Service, path: str) -> int | None:
    assert service.process.poll() is None, service.output
    try:
        return service.get(path)[0]
    except OSError:
        return None

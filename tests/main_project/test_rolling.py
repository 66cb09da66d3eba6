"""SIGHUP: new workers in the place of the old ones, and no request is lost."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import promises
from tests.harness.load import asking, under_load
from tests.harness.raw import connected
from tests.harness.service import MANAGE, Service, environment_of, running_service, shared_service
from tests.harness.waiting import children_of, is_alive, until

SITE = "rolled_site"
SOURCE = "from tests.main_project.echo_site import *\n"
ROLL_SECONDS = 60
STOP_SECONDS = 3
pytestmark = pytest.mark.timeout(180)
# Makes standard input its controlling terminal, and becomes the command.
IN_TERMINAL = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rolled")


@pytest.fixture
def site(folder: Path) -> Iterator[Path]:
    """The settings of the service under test, which a test can change while it runs."""
    site = folder / f"{SITE}.py"
    yield site
    site.write_text(SOURCE, encoding="utf-8")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    """A service with two workers that has said that it is ready."""
    (folder / f"{SITE}.py").write_text(SOURCE, encoding="utf-8")
    path = f"{folder}{os.pathsep}{environment_of(folder)['PYTHONPATH']}"
    env = {"PYTHONPATH": path, "WORKERS": "2", "PYTHONDONTWRITEBYTECODE": "1"}
    with shared_service(folder, settings_module=SITE, env=env) as service:
        until(lambda: "is ready" in service.output, seconds=10)
        yield service


def hang_up(service: Service) -> None:
    os.kill(service.pid, signal.SIGHUP)


def await_others(service: Service, *, than: set[int]) -> set[int]:
    """Wait until there are two workers, and neither is one of these; return them."""

    def are_others() -> bool:
        now = set(service.worker_pids)
        return len(now) == len(than) and not now & than

    until(are_others, seconds=ROLL_SECONDS)
    return set(service.worker_pids)


def test_no_request_is_lost_while_all_workers_are_replaced(service: Service) -> None:
    """By clients that connect for each, that keep their connection, that are slow; asked again, it is done once more."""
    first, said = set(service.worker_pids), len(service.output)
    kinds = [
        asking("/process", pause_seconds=0.005),
        asking("/process", keeping=True, pause_seconds=0.005),
        asking("/slow?seconds=0.3", keeping=True),
    ]

    def replaced() -> int:
        return service.output.count("has been replaced", said)

    with under_load(service, *kinds * 3) as outcomes:
        hang_up(service)
        until(lambda: set(service.worker_pids) - first, seconds=ROLL_SECONDS)
        for _ in range(3):
            hang_up(service)
        until(lambda: replaced() == 4, seconds=ROLL_SECONDS)
    print(f"Two rolls of two workers under load: {outcomes}.")
    assert set(outcomes.counts) == {200}
    assert outcomes.counts[200] > 100
    assert "Traceback" not in service.output[said:]
    assert not first & set(service.worker_pids)


def test_what_has_begun_is_finished(service: Service) -> None:
    """By the old worker: an answer that takes a while, a body and a head that are half sent, a first request."""
    workers = set(service.worker_pids)
    with (
        connected(service) as slow,
        connected(service) as body,
        connected(service) as half,
        connected(service) as fresh,
    ):
        slow.send("GET /slow?seconds=3 HTTP/1.1\r\nHost: a\r\n\r\n")
        body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        half.send("GET /count HTTP/1.1\r\nHo")
        time.sleep(0.2)  # until all have been read, which nothing shows
        hang_up(service)
        until(lambda: set(service.worker_pids) - workers, seconds=ROLL_SECONDS)
        body.send("def")
        half.send("st: a\r\n\r\n")
        fresh.send("GET /count HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [each.answer()[0] for each in (slow, body, half, fresh)] == [200] * 4
    await_others(service, than=workers)


def test_only_new_workers_that_answer_take_over(service: Service, site: Path) -> None:
    """Code that cannot be imported or fails at the first request leaves the old ones; mended, it is in the new ones."""
    workers, mongod = set(service.worker_pids), service.mongod_pid
    for number, mistake in enumerate(("MIDDLEWARE = ['no.such.Middleware']", "ROOT_URLCONF = 'no.such.urls'"), 1):
        site.write_text(f"{SOURCE}{mistake}\n", encoding="utf-8")
        hang_up(service)
        until(lambda: service.output.count("A new worker does not answer") == number, seconds=ROLL_SECONDS)  # noqa: B023
        until(lambda: set(service.worker_pids) == workers, seconds=ROLL_SECONDS)
        assert service.get("/process")[0] == 200
    site.write_text(f"{SOURCE}MIDDLEWARE = ['tests.main_project.stamp.Stamp']\n", encoding="utf-8")
    hang_up(service)
    await_others(service, than=workers)
    with connected(service) as connection:
        connection.send("GET /process HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.answer()[1]["x-stamp"] == "new"
    assert service.mongod_pid == mongod


def test_a_stop_while_they_are_replaced_ends_all_in_time(tmp_path: Path) -> None:
    """The old ones, and the new one that has not yet answered."""
    promises.keep(lambda: seconds_to_stop_a_roll(tmp_path), seconds=STOP_SECONDS)


def seconds_to_stop_a_roll(folder: Path) -> float:
    site = "tests.main_project.echo_site"
    with running_service(folder, settings_module=site) as service, connected(service) as slow:
        until(lambda: "is ready" in service.output, seconds=10)
        workers = set(service.worker_pids)
        slow.send("GET /slow?seconds=5 HTTP/1.1\r\nHost: a\r\n\r\n")
        hang_up(service)
        until(lambda: set(service.worker_pids) - workers, seconds=ROLL_SECONDS)
        everybody = workers | set(service.worker_pids)
        seconds = service.stop()
    assert not any(map(is_alive, everybody))
    assert service.process.returncode == 0
    return seconds


def test_a_terminal_that_goes_away_ends_the_service(tmp_path: Path) -> None:
    """It sends the same signal, and nobody could press Ctrl-C any more."""
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-c", IN_TERMINAL, sys.executable, str(MANAGE), "serve"]
    environment = environment_of(tmp_path, settings_module="tests.main_project.echo_site")
    with subprocess.Popen(command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        with os.fdopen(keyboard, "rb") as screen:
            until(lambda: b"is ready" in screen.readline(), seconds=30)
            everybody = {process.pid, *children_of(process.pid)}
            started = time.monotonic()
        until(lambda: not any(map(is_alive, everybody)), seconds=20)
        print(f"A service whose terminal goes away ends in {time.monotonic() - started:.1f} s.")

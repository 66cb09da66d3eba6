"""``kill -9`` of any process of the service: nothing is left behind, nothing acknowledged is lost, all comes back."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.raw import connected
from tests.harness.service import Service, running_service
from tests.harness.waiting import is_alive, until

pytestmark = pytest.mark.faults

SITE = "tests.main_project.echo_site"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service with two workers that has said that it is ready."""
    with running_service(tmp_path, settings_module=SITE, env={"WORKERS": "2"}) as service:
        until(lambda: "is ready" in service.output, seconds=20)
        yield service


def is_good(service: Service, path: str = "/readyz") -> bool:
    try:
        return service.get(path, seconds=2)[0] == 200
    except OSError:
        return False


def cpu_seconds_of(pid: int) -> float:
    fields = Path("/proc", str(pid), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_nothing_outlives_a_killed_parent(service: Service) -> None:
    """Neither mongod nor a worker is there 3 s later."""
    others = [service.mongod_pid, *service.worker_pids]
    os.kill(service.pid, signal.SIGKILL)
    assert until(lambda: not any(map(is_alive, others)), seconds=3) < 3


def test_a_start_right_after_a_kill_waits_instead_of_refusing(service: Service, tmp_path: Path) -> None:
    """On the same data and the same port, in the very moment after; every acknowledged write is there."""
    for number in range(20):
        assert service.get(f"/write?id={number}")[0] == 201
    workers, env = service.worker_pids, {"PORT": str(service.port)}
    service.process.kill()
    with running_service(tmp_path, settings_module=SITE, env=env, await_ready=False) as second:
        # For a moment it is still the old ones that would answer.
        until(lambda: not any(map(is_alive, workers)), seconds=3)
        second.await_ready()
        assert second.get("/count")[1] == b'{"count": 20}'


def test_an_acknowledged_write_survives_the_end_of_everything(tmp_path: Path) -> None:
    """The whole group is killed right after the answer, three times over."""
    for number in range(3):
        with running_service(tmp_path, settings_module=SITE) as service:
            assert service.get("/count")[1] == b'{"count": %d}' % number
            mongod = service.mongod_pid
            assert service.get(f"/write?id={number}")[0] == 201
            os.kill(mongod, signal.SIGKILL)
            service.kill_group()


def test_a_killed_worker_is_replaced(service: Service) -> None:
    """The other one answers meanwhile."""
    first, second = service.worker_pids
    os.kill(first, signal.SIGKILL)
    until(lambda: len(service.worker_pids) == 2 and first not in service.worker_pids, seconds=10)
    assert second in service.worker_pids
    until(lambda: all(is_good(service) for _ in range(20)), seconds=10)


def test_a_killed_fork_server_is_replaced(service: Service) -> None:
    """Its workers go with it; what connects meanwhile waits for their successors, and the parent goes on."""
    for worker in service.worker_pids:
        os.kill(worker, signal.SIGKILL)
    # The first workers have come from the parent.
    until(lambda: len(service.fork_server_pids) == 1 and len(service.worker_pids) == 2, seconds=20)
    before, (fork_server,) = service.worker_pids, service.fork_server_pids
    with connected(service) as early:
        early.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert early.answer()[0] == 200
        os.kill(fork_server, signal.SIGKILL)
        until(lambda: not any(map(is_alive, before)), seconds=3)
        with connected(service) as late:
            late.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert late.answer()[0] == 200
        assert early.is_closed()
    until(lambda: len(service.worker_pids) == 2, seconds=10)
    assert service.fork_server_pids != [fork_server]


def test_workers_that_die_again_and_again_are_no_end(service: Service) -> None:
    """They come back after a pause, however often they are killed, and nothing spins meanwhile."""
    for _ in range(3):
        for worker in service.worker_pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        until(lambda: is_good(service, "/healthz"), seconds=25)
    before, started = cpu_seconds_of(service.pid), time.monotonic()
    until(lambda: all(is_good(service) for _ in range(20)), seconds=20)
    time.sleep(1)  # what is measured takes time
    assert cpu_seconds_of(service.pid) - before < 0.5 * (time.monotonic() - started)
    assert service.process.poll() is None


def test_a_killed_mongod_is_back_in_seconds(service: Service) -> None:
    """With no restart of the service and every acknowledged write; the processes stay the same."""
    assert service.get("/write?id=1")[0] == 201
    workers = service.worker_pids
    first = service.mongod_pid
    os.kill(first, signal.SIGKILL)
    assert service.get("/healthz")[0] == 200
    # Its own start and recovery, and then the five seconds that the service may take.
    until(lambda: is_good(service), seconds=15)
    assert service.get("/count")[1] == b'{"count": 1}'
    assert service.mongod_pid != first
    assert service.worker_pids == workers


def test_a_hanging_worker_does_not_hold_up_the_stop(service: Service) -> None:
    """It is killed when its second is over."""
    hanging = service.worker_pids[0]
    os.kill(hanging, signal.SIGSTOP)
    assert service.stop() < 3
    assert not is_alive(hanging)

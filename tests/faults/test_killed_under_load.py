"""``kill -9`` of processes of the service while people work: it goes on by itself, and what was told holds."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.attacks.inside import Records, kept_code, records_of
from tests.faults.people import People, Told, check_kept, make_owner
from tests.harness.ports import free_port
from tests.harness.service import Service, running_service, shared_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(180)]

SECONDS = 60
ENV = {"WORKERS": "2", "MAX_SESSIONS": "1000"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shared_service(tmp_path_factory.mktemp("killed"), env=ENV) as service:
        until(lambda: "is ready" in service.output, seconds=10)
        yield service


@pytest.fixture(scope="module")
def records(service: Service) -> Iterator[Records]:
    with records_of(service) as client:
        yield client["user_auth"]


@pytest.fixture(scope="module")
def code_of(records: Records) -> Callable[[str], str]:
    """Reads the code of the latest mail to an address."""
    return partial(kept_code, records)


def kill_one_worker(service: Service) -> None:
    os.kill(service.worker_pids[0], signal.SIGKILL)


def kill_all_workers(service: Service) -> None:
    for worker in service.worker_pids:
        os.kill(worker, signal.SIGKILL)


def kill_mongod(service: Service) -> None:
    os.kill(service.mongod_pid, signal.SIGKILL)


def await_more(told: Told) -> float:
    """Wait until each kind of work has been done again, twice; return how many seconds that took."""

    def done() -> tuple[int, ...]:
        return len(told.signups), len(told.sessions), len(told.ended), told.counts[200]

    before = done()
    return until(lambda: all(now > then + 1 for now, then in zip(done(), before, strict=True)), seconds=SECONDS)


@pytest.mark.parametrize("kill", [kill_one_worker, kill_all_workers, kill_mongod])
def test_the_service_goes_on_and_keeps_its_word(
    service: Service, records: Records, code_of: Callable[[str], str], kill: Callable[[Service], None]
) -> None:
    """Requests in hand end with their worker, and the database's absence is a 503; nothing else fails."""
    people = People(service, owner=make_owner(service, code_of=code_of), may_break_off=kill is not kill_mongod)
    with people.at_work() as told:
        await_more(told)
        kill(service)
        seconds = await_more(told)
    print(f"{kill.__name__}: all goes on after {seconds:.1f} s; {told}.")
    check_kept(service, told, records=records)
    until(lambda: len(service.worker_pids) == 2, seconds=SECONDS)


def test_a_killed_parent_ends_all_and_the_next_start_keeps_its_word(tmp_path: Path) -> None:
    """People go on with the next service, on the same data and port, as if nothing had been."""
    env = ENV | {"PORT": str(free_port())}
    with running_service(tmp_path, env=env) as first, records_of(first) as client:
        code_of = partial(kept_code, client["user_auth"])
        people = People(first, owner=make_owner(first, code_of=code_of), may_break_off=True)
        with people.at_work() as told:
            await_more(told)
            os.kill(first.pid, signal.SIGKILL)
            first.process.wait(SECONDS)
            with running_service(tmp_path, env=env) as second:
                seconds = await_more(told)
                print(f"kill_parent: all goes on {seconds:.1f} s after the next start; {told}.")
                until(lambda: told.counts.total() > 100, seconds=SECONDS)
                check_kept(second, told, records=client["user_auth"])

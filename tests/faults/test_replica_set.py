"""A replica set whose primary is killed or cut off, while people work: a few seconds of 503, and nothing is lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from pymongo import MongoClient

from tests.attacks.inside import Records, kept_code
from tests.faults.people import People, Told, check_kept, make_owner
from tests.harness.replica_set import Member, ReplicaSet, replica_set
from tests.harness.service import Service, shared_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(400)]

OUTAGE_SECONDS = 10
WORK_SECONDS = 2


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with replica_set(tmp_path_factory.mktemp("members")) as members:
        yield members


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, members: ReplicaSet) -> Iterator[Service]:
    env = {"MONGODB_URI": members.uri, "WORKERS": "2", "MAX_SESSIONS": "1000"}
    with shared_service(tmp_path_factory.mktemp("service"), env=env) as service:
        yield service


@pytest.fixture(scope="module")
def records(members: ReplicaSet) -> Iterator[Records]:
    with MongoClient[dict[str, Any]](members.uri) as client:
        yield client["user_auth"]


@pytest.fixture(scope="module")
def code_of(records: Records) -> Callable[[str], str]:
    """Reads the code of the latest mail to an address."""
    return partial(kept_code, records)


@contextmanager
def killed(_members: ReplicaSet, primary: Member) -> Iterator[None]:
    """Kill it, and start it again at the end."""
    primary.kill()
    try:
        yield
    finally:
        primary.start()


@contextmanager
def cut_off(members: ReplicaSet, primary: Member) -> Iterator[None]:
    with members.cut_off(primary):
        yield


def break_primary(fault: Any, *, members: ReplicaSet, told: Told) -> float:
    """Break the primary under people at work, for a while longer than it takes to go on; return how long that took."""
    until(lambda: told.sessions and told.ended and told.signups, seconds=60)
    time.sleep(WORK_SECONDS)
    primary = members.primary()
    with fault(members, primary):
        started = time.monotonic()
        done = len(told.signups), len(told.sessions), len(told.ended)
        until(
            lambda: (
                all(now > before for now, before in zip(_done(told), done, strict=True))
                and any(member.is_primary() for member in members.members if member is not primary)
            ),
            seconds=60,
        )
        seconds = time.monotonic() - started
        time.sleep(WORK_SECONDS)
    members.await_whole()
    time.sleep(WORK_SECONDS)
    return seconds


def _done(told: Told) -> tuple[int, int, int]:
    return len(told.signups), len(told.sessions), len(told.ended)


@pytest.mark.parametrize("fault", [killed, cut_off])
def test_a_primary_that_goes(
    service: Service, members: ReplicaSet, records: Records, code_of: Callable[[str], str], fault: Any
) -> None:
    """No acknowledged write is lost, no ended session is accepted, and all failures are 503, for ten seconds at most."""
    people = People(service, owner=make_owner(service, code_of=code_of))
    with people.at_work() as told:
        seconds = break_primary(fault, members=members, told=told)
    print(f"Primary {fault.__name__}: all goes on after {seconds:.1f} s; {told}.")
    check_kept(service, told, records=records)
    assert told.outage_seconds < OUTAGE_SECONDS

"""The embedded database finds no room for what it writes: refused for now, and all is well when there is room again."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.attacks.inside import kept_code, records_of
from tests.faults.people import People, check_kept, make_owner
from tests.harness.service import Service, running_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(240)]

# Files may not grow beyond it: the nearest to a full disk that a user without privileges can bring about.
ROOM_BYTES = 256 * 1024
SECONDS = 90


@contextmanager
def no_room(service: Service) -> Iterator[None]:
    """Let no file of mongod grow any more, nor one of those that are started in its place."""
    mongod = service.mongod_pid
    before = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    for pid in (service.pid, mongod):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, before[1]))
    try:
        yield
    finally:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, before)


def status_of(service: Service, path: str) -> int:
    return service.get(path)[0]


def test_a_full_disk_is_a_refusal_until_there_is_room(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, and nobody has to start anything again."""
    env = {"WORKERS": "1", "MAX_SESSIONS": "1000"}
    with running_service(tmp_path, env=env) as service, records_of(service) as client:
        code_of = partial(kept_code, client["user_auth"])
        people = People(service, owner=make_owner(service, code_of=code_of))
        with people.at_work() as told:
            until(lambda: told.ended and told.signups, seconds=SECONDS)
            with no_room(service):
                until(lambda: told.counts[503] > 5, seconds=SECONDS)
                assert status_of(service, "/healthz") == 200
                until(lambda: status_of(service, "/readyz") == 503, seconds=SECONDS)
            seconds = until(lambda: status_of(service, "/readyz") == 200, seconds=SECONDS)
            before = len(told.signups)
            until(lambda: len(told.signups) > before, seconds=SECONDS)
        print(f"A full disk: all is well {seconds:.1f} s after there is room again; {told}.")
        check_kept(service, told, records=client["user_auth"])

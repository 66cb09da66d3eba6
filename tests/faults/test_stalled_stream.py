"""Two machines, and a change stream between them that stands still: what is ended on one is refused on the other."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.attacks.inside import kept_code
from tests.faults.people import make_owner
from tests.harness.client import Client, bearer
from tests.harness.proxy import Proxy, all_but, anybody
from tests.harness.replica_set import Member, replica_set
from tests.harness.service import Service, running_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]

STALL_SECONDS = 60
REFUSED_SECONDS = 2
# Both are one service to the world: tokens of either are good at the other.
ENV = {"PUBLIC_URL": "http://127.0.0.1:8000", "MAX_SESSIONS": "1000"}


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    with replica_set(tmp_path_factory.mktemp("member"), count=1) as members:
        yield members.members[0]


@pytest.fixture
def proxy(member: Member) -> Iterator[Proxy]:
    """What the other machine reaches the database through."""
    proxy = Proxy(member.port)
    yield proxy
    proxy.close()


@pytest.fixture
def here(tmp_path: Path, member: Member) -> Iterator[Service]:
    (tmp_path / "here").mkdir()
    with running_service(tmp_path / "here", env=ENV | {"MONGODB_URI": _uri(member.port)}) as service:
        yield service


@pytest.fixture
def there(tmp_path: Path, proxy: Proxy) -> Iterator[Service]:
    (tmp_path / "there").mkdir()
    with running_service(tmp_path / "there", env=ENV | {"MONGODB_URI": _uri(proxy.port), "WORKERS": "2"}) as service:
        yield service


def _uri(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


def seconds_until_refused(token: str, *, here: Client, there: Client) -> float:
    """End a session here, and return how long it is taken for good there."""
    assert there.verify_session(token=token).status_code == 200
    assert here.post("/logout", headers=bearer(token)).status_code == 204
    return until(lambda: there.verify_session(token=token).status_code == 401, seconds=REFUSED_SECONDS)


def test_a_stalled_stream_keeps_no_ended_session_alive(
    here: Service, there: Service, proxy: Proxy, member: Member
) -> None:
    """For a minute: refused within two seconds there, while sessions that go on are good; then all is as before."""
    near, far = Client(here.base_url), Client(there.base_url)
    with MongoClient[dict[str, Any]](_uri(member.port)) as client:
        email = make_owner(here, code_of=partial(kept_code, client["user_auth"]))
    tokens = iter([near.log_in(email, transport="header").json()["token"] for _ in range(60)])
    lasting, end = next(tokens), partial(seconds_until_refused, here=near, there=far)
    usual = [end(next(tokens)) for _ in range(10)]
    # The parent is the one that follows the stream; its workers go on reading.
    proxy.let_pass(all_but(there.pid))
    started, stalled = time.monotonic(), list[float]()
    while time.monotonic() < started + STALL_SECONDS:
        stalled.append(end(next(tokens)))
        assert far.verify_session(token=lasting).status_code == 200
        assert there.get("/readyz")[0] == 200
        time.sleep(1.5)
    proxy.let_pass(anybody)
    until(lambda: far.verify_session(token=lasting).status_code == 200, seconds=10)
    again = [end(next(tokens)) for _ in range(5)]
    print(
        f"Refused on the other machine within {max(usual) * 1000:.0f} ms; while the stream stands still for "
        f"{STALL_SECONDS} s, within {max(stalled) * 1000:.0f} ms ({len(stalled)} sessions); "
        f"afterwards within {max(again) * 1000:.0f} ms."
    )
    assert "Traceback" not in there.output

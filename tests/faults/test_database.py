"""A database that does not answer, and one that is gone: told quickly, and all is well when it is back."""

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient

from local_mongo import binary
from local_mongo.mongod import JOURNAL
from tests.attacks.contract import check_problem
from tests.attacks.inside import kept_code, records_of
from tests.attacks.wire import Answer, exchange, head, post, volley
from tests.harness import promises
from tests.harness.client import PASSWORD, Client
from tests.harness.service import Service, running_service, shared_service
from tests.harness.waiting import children_of, until

pytestmark = pytest.mark.faults

EMAIL = "ada@example.com"
PAUSE_SECONDS = 0.05
TOLD_SECONDS = 6
BACK_SECONDS = 5
Database = MongoClient[dict[str, Any]]


class Person:
    """Somebody with an account and a session, and a sign-up that waits for its code."""

    def __init__(self, service: Service, database: Database) -> None:
        self._service = service
        client = Client(service.base_url)
        records = database["user_auth"]
        code = {"verification_id": client.sign_up(EMAIL), "otp": kept_code(records, EMAIL)}
        assert client.post("/verify-otp", code).status_code == 200
        self.token: str = client.log_in(EMAIL, transport="header").json()["token"]
        self.verification_id = client.sign_up(f"new.{EMAIL}")
        self.otp = kept_code(records, f"new.{EMAIL}")

    def requests(self) -> list[bytes]:
        """Return one good request for each endpoint that needs the database."""
        credentials = {"email": EMAIL, "password": PASSWORD}
        return [
            post("/signup", {"email": f"other.{EMAIL}", "password": PASSWORD}),
            post("/login", credentials),
            post("/login", credentials | {"email": "nobody@example.com"}),
            post("/verify-otp", {"verification_id": self.verification_id, "otp": self.otp}),
            post("/verify-otp", {"email": f"new.{EMAIL}", "otp": self.otp}),
            post("/resend-otp", {"verification_id": self.verification_id}),
            self.check(),
            head("POST /verify-session", f"Cookie: token={self.token}"),
            head("POST /logout", f"Authorization: Bearer {self.token}"),
            head("GET /readyz"),
        ]

    def check(self) -> bytes:
        return head("POST /verify-session", f"Authorization: Bearer {self.token}")

    def check_all_is_well(self) -> None:
        """What had been acknowledged is there, and what was refused can be done now."""
        client = Client(self._service.base_url)
        assert client.verify_session(token=self.token).status_code == 200
        code = {"verification_id": self.verification_id, "otp": self.otp}
        assert client.post("/verify-otp", code).status_code == 200
        assert client.log_in(f"new.{EMAIL}").status_code == 200
        assert client.verify_session().status_code == 200
        assert client.post("/logout").status_code == 204


def check_told(service: Service, requests: list[bytes]) -> None:
    """Hold every answer to be a 503 that comes in time; health goes on meanwhile."""
    started = time.monotonic()
    for answer in volley(service, requests):
        check_problem(answer, 503, "unavailable")
        assert 1 <= int(answer.header("retry-after")) <= 60
    assert time.monotonic() - started < TOLD_SECONDS


def is_ready(service: Service) -> bool:
    return exchange(service, head("GET /readyz")).status == 200


def check_needs_none(service: Service) -> None:
    """What does not ask the database answers as ever, at once."""
    promises.keep(lambda: promises.timed(lambda: ask_what_needs_none(service)), seconds=2)


def ask_what_needs_none(service: Service) -> None:
    for path in ("/healthz", "/openapi.json", "/.well-known/jwks.json", "/docs"):
        assert exchange(service, head(f"GET {path}")).status == 200
    check_problem(exchange(service, post("/login", {"email": 1})), 400, "validation_error")
    check_problem(exchange(service, head("POST /verify-session")), 401, "session_missing")
    check_problem(exchange(service, head("POST /verify-session", "Cookie: token=a.b.c")), 401, "session_invalid")
    assert exchange(service, head("POST /logout")).status == 204


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process be there and do nothing: its connections stand, and nothing comes back."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker, and a database of its own that can be stopped."""
    with shared_service(tmp_path_factory.mktemp("stopped")) as service:
        yield service


@pytest.fixture(scope="module")
def person(service: Service) -> Iterator[Person]:
    with records_of(service) as database:
        yield Person(service, database)


@pytest.mark.asvs("13.1.2", "16.5.2", "16.5.3")
def test_a_database_that_does_not_answer_is_told_within_six_seconds(service: Service, person: Person) -> None:
    """By every endpoint that needs it; the others answer as ever, and when it is back nothing has to be restarted."""
    children = set(children_of(service.pid))
    with stopped(service.mongod_pid):
        check_told(service, person.requests())
        check_needs_none(service)
    assert until(lambda: is_ready(service), seconds=BACK_SECONDS) < BACK_SECONDS
    person.check_all_is_well()
    assert set(children_of(service.pid)) == children
    assert "Traceback" not in service.output


def test_many_who_wait_for_a_database_are_told_in_time_too(service: Service, person: Person) -> None:
    """More of them than there are threads: nobody waits for the others' waits, and health least of all."""
    with stopped(service.mongod_pid), ThreadPoolExecutor(1) as pool:
        told = pool.submit(check_told, service, [person.check()] * 60)
        waits: list[float] = []
        while not told.done():
            waits.append(promises.timed(lambda: ask_for_health(service)))
            time.sleep(PAUSE_SECONDS)
        told.result()
    # Whoever had to wait for one of them would have been answered once, at the end.
    assert len(waits) > 4
    assert statistics.median(waits) < 1
    until(lambda: is_ready(service), seconds=BACK_SECONDS)


def ask_for_health(service: Service) -> None:
    assert exchange(service, head("GET /healthz")).status == 200


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator["Mongod"]:
    mongod = Mongod(tmp_path)
    yield mongod
    mongod.kill()


class Mongod:
    """A standalone server that is nobody's child but the test's."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "external"
        self._data.mkdir()
        self._socket = Path("/tmp", f"attacked-{os.getpid()}.sock")  # noqa: S108 - a socket's path must be short
        self.uri = f"mongodb://{quote(str(self._socket), safe='')}/?directConnection=true"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it answers: the service has its seconds from then on."""
        arguments = ["--dbpath", str(self._data), "--bind_ip", str(self._socket), "--nounixsocket"]
        arguments += ["--wiredTigerEngineConfigString", JOURNAL, "--wiredTigerCacheSizeGB", "0.25"]
        arguments += ["--logpath", str(self._data / "mongod.log"), "--logappend"]
        self._process = subprocess.Popen([str(binary.find()), *arguments], stdout=subprocess.DEVNULL)
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=20_000) as client:
            client.admin.command("ping")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)


@pytest.mark.asvs("13.1.2", "16.5.2")
@pytest.mark.timeout(90)
def test_a_database_that_comes_goes_and_comes_back(tmp_path: Path, mongod: Mongod) -> None:
    """A standalone: not there at first, then killed under the service; each time it comes, all works by itself."""
    with running_service(tmp_path, env={"MONGODB_URI": mongod.uri, "WORKERS": "2"}, await_ready=False) as service:
        until(lambda: _is_alive(service), seconds=20)
        check_problem(exchange(service, head("GET /readyz")), 503, "unavailable")
        check_needs_none(service)
        mongod.start()
        until(lambda: is_ready(service), seconds=BACK_SECONDS)
        with MongoClient[dict[str, Any]](mongod.uri) as database:
            person = Person(service, database)
        mongod.kill()
        check_told(service, person.requests())
        check_needs_none(service)
        mongod.start()
        assert until(lambda: is_ready(service), seconds=BACK_SECONDS) < BACK_SECONDS
        person.check_all_is_well()
        assert "Traceback" not in service.output


def _is_alive(service: Service) -> bool:
    try:
        answer: Answer = exchange(service, head("GET /healthz"))
    except OSError:
        return False
    return answer.status == 200

"""More of everything than anybody needs: good sessions are answered meanwhile, and memory stays within bounds."""

import resource
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from tests.attacks.inside import kept_code, records_of
from tests.attacks.wire import exchange, head, post
from tests.faults.people import make_owner
from tests.harness.client import PASSWORD, Client
from tests.harness.load import Outcomes, under_load
from tests.harness.service import Service, shared_service
from tests.harness.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

ENV = {"WORKERS": "2", "RATE_LIMITS": "on"}
FLOOD_SECONDS = 3
IDLE = 10_000
GROWTH_BYTES = 64 * 1024 * 1024
# What a connection may cost a worker: its buffers and its task.
CONNECTION_BYTES = 24 * 1024
PAGE_BYTES = resource.getpagesize()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, with the limits that a service has."""
    with _roomy(), shared_service(tmp_path_factory.mktemp("flooded"), env=ENV) as service:
        yield service


@contextmanager
def _roomy() -> Iterator[None]:
    """Let this process and its children open as many files as they may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def good(service: Service) -> bytes:
    """A check of a good session."""
    with records_of(service) as client:
        email = make_owner(service, code_of=partial(kept_code, client["user_auth"]))
    token = Client(service.base_url).log_in(email, transport="header").json()["token"]
    return head("POST /verify-session", f"Authorization: Bearer {token}")


def memory_of(service: Service) -> int:
    """Return how many bytes of memory the parent and the workers hold."""
    pids = [service.pid, *service.worker_pids]
    return (
        sum(int(Path("/proc", str(pid), "statm").read_text(encoding="ascii").split()[1]) for pid in pids) * PAGE_BYTES
    )


def sending(make: Callable[[], bytes], *, pause_seconds: float = 0.0) -> Callable[[Service, Outcomes, Event], None]:
    """Return a client that sends one request after the other, each from another of the machine's own addresses."""

    def send(service: Service, outcomes: Outcomes, is_over: Event) -> None:
        while not is_over.is_set():
            started = time.monotonic()
            try:
                outcome: int | str = exchange(service, make(), source=f"127.{secrets.randbelow(200) + 1}.0.1").status
            except OSError as error:
                outcome = type(error).__name__
            outcomes.note(outcome, seconds=time.monotonic() - started)
            is_over.wait(pause_seconds)

    return send


def check_under(service: Service, good: bytes, *flood: Callable[[Service, Outcomes, Event], None]) -> str:
    """Have good sessions checked under a flood; return what became of either."""
    memory = memory_of(service)
    with (
        under_load(service, *flood) as flooded,
        under_load(service, sending(lambda: good, pause_seconds=0.02)) as checked,
    ):
        time.sleep(FLOOD_SECONDS)
        until(lambda: checked.counts.total() >= 20 and flooded.counts.total() >= 100, seconds=60)
    growth = memory_of(service) - memory
    assert set(checked.counts) == {200}
    assert growth < GROWTH_BYTES
    assert set(flooded.counts) <= {202, 401, 429, 503}, flooded.counts
    return f"{flooded}; good ones: {checked}; {growth / 2**20:.0f} MiB more"


def a_bad_token() -> bytes:
    parts = ".".join(secrets.token_urlsafe(60) for _ in range(3))
    return head("POST /verify-session", f"Authorization: Bearer {parts}")


def a_sign_up() -> bytes:
    return post("/signup", {"email": f"{secrets.token_hex(8)}@example.com", "password": PASSWORD})


@pytest.mark.parametrize("make", [a_bad_token, a_sign_up])
def test_a_flood_of_requests_holds_up_no_check(service: Service, good: bytes, make: Callable[[], bytes]) -> None:
    """Of tokens that are not ours, each another; of sign-ups, from everywhere: answered, refused or put off."""
    print(f"A flood of {make.__name__}: {check_under(service, good, *[sending(make)] * 4)}.")


@contextmanager
def connections(service: Service, *, count: int, begun: bytes = b"") -> Iterator[list[socket.socket]]:
    """Open many connections, from several addresses since each has but some ten thousands of ports, and begin on each."""
    with ExitStack() as stack:
        opened = []
        for number in range(count):
            source = (f"127.0.{number // 2000 + 1}.1", 0)
            address = (service.host, service.port)
            opened.append(stack.enter_context(closing(socket.create_connection(address, 60, source_address=source))))
            opened[-1].sendall(begun)
        yield opened


@pytest.mark.long
def test_ten_thousand_idle_connections_hold_up_nobody(service: Service, good: bytes) -> None:
    """They cost some memory each, and no thread."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < IDLE + 1000:
        pytest.skip("this user may not open so many files")
    memory = memory_of(service)
    with _roomy(), connections(service, count=IDLE) as opened:
        started = time.monotonic()
        assert {exchange(service, good).status for _ in range(100)} == {200}
        seconds = time.monotonic() - started
        growth = memory_of(service) - memory
        # Each is still there: it is answered when it asks at last.
        opened[0].sendall(good)
        assert opened[0].recv(15) == b"HTTP/1.1 200 OK"
    print(f"{IDLE} idle connections: {growth / IDLE / 1024:.1f} KiB each; 100 checks meanwhile in {seconds:.2f} s.")
    assert growth < IDLE * CONNECTION_BYTES
    assert exchange(service, good).status == 200


@pytest.mark.long
@pytest.mark.parametrize(
    ("begun", "ends"),
    [
        (b"POST /verify-session HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", set[bytes]()),
        (
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
            {b"408", b"503"},
        ),
    ],
    ids=["heads", "bodies"],
)
def test_thousands_who_never_finish_hold_up_nobody(
    service: Service, good: bytes, begun: bytes, ends: set[bytes]
) -> None:
    """A byte now and then; a body has ten seconds, and is then a request timeout, or with so many of them a 503."""
    with _roomy(), connections(service, count=2000, begun=begun) as opened:
        waits = []
        for number in range(100):
            opened[number].sendall(b" ")
            started = time.monotonic()
            assert exchange(service, good).status == 200
            waits.append(time.monotonic() - started)
        if ends:
            assert {each.recv(12)[-3:] for each in opened} <= ends
    print(f"2000 unfinished requests: 100 checks meanwhile, the slowest in {max(waits) * 1000:.0f} ms.")

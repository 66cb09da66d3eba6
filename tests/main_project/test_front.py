"""What the server makes of a request, and what it stands."""

import concurrent.futures
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import promises
from tests.harness.raw import Connection, connected, many_connected
from tests.harness.service import Service, running_service, shared_service
from tests.harness.waiting import until

SITE = "tests.main_project.echo_site"
LIMIT = 16 * 1024


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker, which shows the requests that it gets."""
    with shared_service(tmp_path_factory.mktemp("front"), settings_module=SITE) as service:
        # What it says at its start has been said.
        until(lambda: f"Data      {service.data_dir}" in service.output, seconds=20)
        yield service


@pytest.fixture
def connection(service: Service) -> Iterator[Connection]:
    with connected(service) as connection:
        yield connection


def environ(connection: Connection, head: str) -> dict[str, str]:
    """Return the environ that a request's head becomes."""
    connection.send(head.replace("\n", "\r\n"), "\r\n\r\n")
    shown: dict[str, str] = connection.json()["environ"]
    return shown


def test_the_request_line_and_the_addresses(service: Service, connection: Connection) -> None:
    """Method, path, query, protocol and both ends of the connection."""
    seen = environ(connection, "PATCH /some/path?q=1&r=%20 HTTP/1.1\nHost: example.com:81")
    assert seen["REQUEST_METHOD"] == "PATCH"
    assert seen["PATH_INFO"] == "/some/path"
    assert seen["QUERY_STRING"] == "q=1&r=%20"
    assert seen["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"]) == (service.host, str(service.port))
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert seen["HTTP_HOST"] == "example.com:81"
    assert "CONTENT_LENGTH" not in seen


@pytest.mark.asvs("1.1.1")
def test_escapes_in_a_path_are_undone(connection: Connection) -> None:
    """Nothing else is: no slash is dropped, no dots are followed, no capitals are changed; the query stays as sent."""
    seen = environ(connection, "GET /caf%C3%A9//%2e%2e/Up?%C3%A9 HTTP/1.1\nHost: a")
    assert seen["PATH_INFO"] == "/café//../Up"
    assert seen["QUERY_STRING"] == "%C3%A9"


@pytest.mark.asvs("4.1.3")
def test_headers_with_underscores_are_dropped(connection: Connection) -> None:
    """They would be taken for the ones with hyphens, which a proxy has made sure of."""
    seen = environ(
        connection, "GET / HTTP/1.1\nHost: a\nX_Forwarded_For: 6.6.6.6\nX-Forwarded-For: 1.1.1.1\nHTTP_HOST: b"
    )
    assert seen["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"
    assert seen["HTTP_HOST"] == "a"


def test_repeated_headers_are_joined(connection: Connection) -> None:
    """With commas, and cookies as one Cookie header would have them."""
    seen = environ(connection, "GET / HTTP/1.1\nHost: a\nX-One: 1\nCookie: a=1\nX-One: 2\nCookie: b=2")
    assert seen["HTTP_X_ONE"] == "1,2"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize(
    ("head", "host"),
    [
        ("GET / HTTP/1.1", ""),
        ("GET / HTTP/1.1\nHost: a\nHost: b", "a,b"),
        ("GET http://b/ HTTP/1.1\nHost: a", "b"),
    ],
    ids=["none", "two", "in the target"],
)
def test_the_host_is_never_made_up(connection: Connection, head: str, host: str) -> None:
    """Without a header the server's own name is not put in its place; a target's host counts more (RFC 9112 §3.2.2)."""
    assert environ(connection, head)["HTTP_HOST"] == host


def test_a_value_beyond_ascii_arrives_as_it_is(connection: Connection) -> None:
    """A bad Authorization header must not be taken for none, nor for another."""
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ", b"\xe9", "\r\n\r\n")
    assert connection.json()["environ"]["HTTP_AUTHORIZATION"] == "Bearer \xe9"


def test_a_body_arrives_with_its_type_and_length(connection: Connection) -> None:
    """Up to the limit, byte for byte."""
    body = bytes(range(256)) * (LIMIT // 256)
    connection.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: {LIMIT}\r\n\r\n", body)
    shown = connection.json()
    assert shown["body"].encode("latin-1") == body
    assert (shown["environ"]["CONTENT_TYPE"], shown["environ"]["CONTENT_LENGTH"]) == ("a/b", str(LIMIT))


def chunked(*sizes: int) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in (*sizes, 0))


def test_a_body_in_chunks_gets_its_length(connection: Connection) -> None:
    """Django would take one without a length for none."""
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunked(3, 4))
    shown = connection.json()
    assert shown["body"] == "x" * 7
    assert shown["environ"]["CONTENT_LENGTH"] == "7"
    assert "HTTP_TRANSFER_ENCODING" not in shown["environ"]


def test_no_more_than_one_byte_over_the_limit_is_read(connection: Connection) -> None:
    """However long a body in chunks is; then the connection is closed."""
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunked(*[1000] * 40))
    shown = connection.json()
    assert shown["environ"]["CONTENT_LENGTH"] == str(LIMIT + 1) == str(len(shown["body"]))
    assert connection.is_closed()


@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"])
def test_a_body_announced_too_large_is_not_waited_for(connection: Connection, expect: str) -> None:
    """Its length says enough to refuse it; nothing of it is read."""
    started = time.monotonic()
    connection.send(f"POST / HTTP/1.1\r\nHost: a\r\n{expect}Content-Length: {LIMIT + 1}\r\n\r\n")
    shown = connection.json()
    assert (shown["body"], shown["environ"]["CONTENT_LENGTH"]) == ("", str(LIMIT + 1))
    assert time.monotonic() - started < 2
    assert connection.is_closed()


@pytest.mark.asvs("13.4.6")
def test_several_cookies_and_every_header_leave(connection: Connection) -> None:
    """And nothing that says which server this is."""
    connection.send("GET /cookies HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    raw = b""
    while more := connection._socket.recv(65536):
        raw += more
    head, _, body = raw.decode().partition("\r\n\r\n")
    assert "set-cookie: one=1" in head
    assert "set-cookie: two=2" in head
    assert "x-mixed-case: yes" in head
    assert "server:" not in head.lower()
    assert body == "two cookies\n"


def test_head_has_the_headers_and_no_body(connection: Connection) -> None:
    """The length is that of the body left out, and the next request on the connection is answered."""
    for _ in range(2):
        connection.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        status, headers, body = connection.answer(method="HEAD")
        assert (status, headers["content-length"], body) == (200, "3", b"")


def test_requests_sent_at_once_are_answered_in_order(connection: Connection) -> None:
    """HTTP/1.1 pipelining."""
    connection.send(*[f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in range(3)])
    assert [connection.json()["environ"]["PATH_INFO"] for _ in range(3)] == ["/0", "/1", "/2"]


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/1.1\r\nA:" + b"x" * 200_000 + b"\r\n\r\n"]
)
def test_what_is_no_request_is_refused_and_forgotten(service: Service, connection: Connection, nonsense: bytes) -> None:
    """TLS on the wrong port and headers without end get a bare refusal, others their answers."""
    connection.send(nonsense)
    assert connection.answer()[0] in (400, 431)
    assert service.get("/healthz")[0] == 200


def test_clients_that_go_away_are_no_matter(service: Service) -> None:
    """In the middle of a body and before the answer; nobody else notices, and nothing is printed."""
    said = service.output
    with connected(service) as one, connected(service) as other:
        one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        other.send("GET /slow?seconds=0.3 HTTP/1.1\r\nHost: a\r\n\r\n")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert {status for status, _ in pool.map(service.get, ["/slow?seconds=0.1"] * 16)} == {200}
    assert service.output == said


def ask_for_health(service: Service, *, times: int = 1) -> None:
    for _ in range(times):
        assert service.get("/healthz")[0] == 200


@pytest.mark.asvs("15.2.2")
@pytest.mark.faults
def test_unfinished_bodies_stop_nobody(service: Service) -> None:
    """A hundred clients that never finish; each is told after 10 s, and its connection is closed."""
    with many_connected(service, count=100) as slow:
        started = time.monotonic()
        for connection in slow:
            connection.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        ask_for_health(service, times=20)
        # Long before the first of them: whoever had to wait for one would not have been answered yet.
        assert time.monotonic() - started < 9
        ask_for_health(service, times=80)
        answers = [connection.answer() for connection in slow]
        assert 9 < time.monotonic() - started < 15
        assert {(status, body) for status, _, body in answers} == {(418, b'{"failure": "request_timeout"}')}
        assert all(connection.is_closed() for connection in slow)


@pytest.mark.faults
def test_an_unfinished_body_is_a_request_timeout(tmp_path: Path) -> None:
    """What the service itself answers to it."""
    with running_service(tmp_path) as service, connected(service) as connection:
        connection.send("POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
        connection.send("Content-Length: 10\r\n\r\n{")
        status, headers, body = connection.answer()
        assert (status, headers["content-type"]) == (408, "application/problem+json")
        assert json.loads(body)["code"] == "request_timeout"
        assert connection.is_closed()


@pytest.mark.asvs("15.2.2")
@pytest.mark.faults
def test_idle_connections_stop_nobody(service: Service) -> None:
    """Two thousand that say nothing, and half a head on a hundred more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4000:
        pytest.skip("this user may not open that many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4000), hard))
    with many_connected(service, count=2000), many_connected(service, count=100) as halves:
        for half in halves:
            half.send("GET / HT")
        promises.keep(lambda: promises.timed(lambda: ask_for_health(service, times=50)), seconds=5)


@pytest.mark.faults
def test_slow_requests_wait_for_a_thread_in_order(service: Service) -> None:
    """More of them than threads: all are answered in the end."""
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(service.get, ["/slow?seconds=0.2"] * 64))
    assert answers == [(200, b"done\n")] * 64


def test_each_service_says_nothing_of_requests(service: Service, tmp_path: Path) -> None:
    """There is no access log: what is worth a line is an event of the audit."""
    said: Any = service.output
    assert service.get("/anything?at=all")[0] == 200
    assert service.output == said

"""Requests to somebody else's name, and to none."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.endpoints import POSTS, SCRIPT, ask
from tests.attacks.wire import exchange, head
from tests.harness.service import Service

UNKNOWN_HOSTS = [
    *(
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "evil.127.0.0.1",
        "localhost.evil.example",
        "127.0.0.2",
    ),
    *(
        "127.1",
        "2130706433",
        "0.0.0.0",
        "[::]",
        "::1",
        "user@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1#",
        "127.0.0.1/",
    ),
    *(
        "127.0.0.1, evil.example",
        "evil.example, 127.0.0.1",
        "127.0.0.1 ",
        "127.0.0.1\xe9",
        "\xe9",
        "",
        " ",
        "*",
        ".",
        "_",
    ),
    "127.0.0.1:80:80",
]


@pytest.mark.parametrize(
    "path", [*POSTS, "/openapi.json", "/docs", "/.well-known/jwks.json", "/none", SCRIPT, "/static/none"]
)
def test_every_path_keeps_unknown_hosts_out(service: Service, path: str) -> None:
    """Known and unknown ones, static files too: a rebound DNS name reads nothing at all."""
    method = "POST" if path in POSTS else "GET"
    check_problem(ask(service, f"{method} {path}", host="evil.example"), 400, "unknown_host")
    check_problem(ask(service, f"PUT {path}", host="evil.example:8000"), 400, "unknown_host")


@pytest.mark.parametrize("host", [host for host in UNKNOWN_HOSTS if host.strip() != "127.0.0.1"])
def test_a_host_that_only_looks_like_ours_is_unknown(service: Service, host: str) -> None:
    """Health alone is told to whoever asks."""
    check_problem(ask(service, "POST /verify-session", host=host), 400, "unknown_host")
    assert {ask(service, f"GET {path}", host=host).status for path in ("/healthz", "/readyz")} == {200}


@pytest.mark.parametrize(
    "request_head",
    [
        head("POST /verify-session", host=None),
        head("POST /verify-session HTTP/1.0", host=None),
        head("POST /verify-session", "Host: evil.example"),
        head("POST /verify-session", "Host: 127.0.0.1"),
        head("POST /verify-session", "Host: 127.0.0.1", host="evil.example"),
        head("POST /verify-session", "X-Forwarded-Host: 127.0.0.1", "Forwarded: host=127.0.0.1", host="evil.example"),
        head("POST /verify-session", "X_Host: 127.0.0.1", "HTTP_HOST: 127.0.0.1", host="evil.example"),
        head("POST http://evil.example/verify-session"),
        head("POST http://127.0.0.1@evil.example/verify-session"),
        head("POST http://127.0.0.1:8000@evil.example:80/verify-session", host="127.0.0.1"),
    ],
    ids=lambda given: given.decode("latin-1").removeprefix("POST ").strip().replace("\r\n", "|"),
)
def test_there_is_one_host_and_it_is_ours(service: Service, request_head: bytes) -> None:
    """None, two, even two alike, another in the target: unknown."""
    check_problem(exchange(service, request_head), 400, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost:1", "127.0.0.1:65535", "[::1]", "[::1]:8000"])
def test_this_machine_goes_by_three_names(service: Service, host: str) -> None:
    """With any port, and in the target too."""
    check_problem(ask(service, "POST /verify-session", host=host), 401, "session_missing")
    check_problem(ask(service, f"POST http://{host}/verify-session", host="evil.example"), 401, "session_missing")

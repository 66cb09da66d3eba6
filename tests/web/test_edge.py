"""What every answer has, ours or not, and which hosts get one."""

import re
from contextlib import closing
from typing import Any

import pytest

from tests.web.conftest import Ask
from user_auth.web import edge

PUBLIC = "https://auth.example.com"


def kept_by_all(answer: Any) -> None:
    headers = answer.headers
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", headers["X-Request-Id"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


@pytest.mark.asvs("3.4.4", "3.4.5", "3.4.6", "3.5.8", "14.3.2")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/plain"),
        ("HEAD", "/plain"),
        ("POST", "/plain"),
        ("DELETE", "/plain"),
        ("OPTIONS", "/plain"),
        ("PUT", "/plain"),
        ("POST", "/echo"),
        ("POST", "/session"),
        ("GET", "/crash"),
        ("GET", "/unfit"),
        ("GET", "/auth/healthz"),
        ("GET", "/auth/openapi.json"),
    ],
)
def test_every_answer_of_an_endpoint_has_the_headers(ask: Ask, method: str, path: str) -> None:
    """Successes, refusals and crashes, with the middleware and without."""
    answer = ask(method, path)
    kept_by_all(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.asvs("14.2.5")
@pytest.mark.parametrize(
    "path", ["/", "/unknown", "/plain/", "//plain", "/Plain", "/%ff", "/%00", "/static/unknown.js", "/auth"]
)
def test_every_other_path_is_an_unknown_one(ask_service: Ask, path: str) -> None:
    """A slash too many or another case is no reason for a redirect."""
    answer = ask_service("GET", path)
    kept_by_all(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [("crash", 500, "internal_error"), ("suspicion", 400, "malformed_body"), ("refusal", 403, "forbidden")],
)
def test_what_other_middleware_raises_is_a_problem_too(
    ask_service: Ask, settings: Any, failure: str, status: int, code: str
) -> None:
    """In place of Django's own pages."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.web.middlewares.fail_as_asked"]
    answer = ask_service("GET", "/plain", HTTP_X_FAIL=failure)
    kept_by_all(answer)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_answer_without_django_has_the_same_headers(ask_service: Ask) -> None:
    """A server that must answer by itself says no less."""
    answer = ask_service("GET", "/unknown", HTTP_X_REQUEST_ID="id")
    own = {name: value for name, value in answer.headers.items() if name not in ("Content-Type", "Content-Length")}
    assert edge.plain_headers("id") == own


def test_static_files_keep_their_caching(ask_service: Ask) -> None:
    """They have the headers of all answers, but may be kept."""
    with closing(ask_service("GET", "/static/user_auth/docs.js")) as answer:
        kept_by_all(answer)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Cache-Control"]


def test_a_page_may_use_what_is_ours_and_nothing_else(ask: Ask) -> None:
    """Its own policy: styles, scripts and images of this host, and no inline ones."""
    policy = ask("GET", "/page").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("sent", ["a", "A-z_0.9", "x" * 64])
def test_a_good_request_id_is_kept(ask: Ask, sent: str) -> None:
    """In the header, in problems, and for the handler."""
    assert ask("GET", "/plain", HTTP_X_REQUEST_ID=sent).headers["X-Request-Id"] == sent
    assert ask("GET", "/plain", HTTP_X_REQUEST_ID=sent).json()["id"] == sent
    assert ask("PUT", "/plain", HTTP_X_REQUEST_ID=sent).json()["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\nb", "a/b", "\u00e9", "a\n", '"a"'])
def test_any_other_is_replaced(ask: Ask, sent: str) -> None:
    """By one that is new for every request, and the same all through it."""
    first, second = (ask("PUT", "/plain", HTTP_X_REQUEST_ID=sent) for _ in range(2))
    assert first.headers["X-Request-Id"] not in (sent, second.headers["X-Request-Id"])
    assert first.headers["X-Request-Id"] == first.json()["request_id"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "localhost:8000@evil.example",
        "local host",
        "localhost, evil.example",
        "[::2]",
    ],
)
@pytest.mark.parametrize("path", ["/plain", "/session", "/auth/openapi.json", "/auth/docs"])
def test_an_unknown_host_gets_nothing(ask: Ask, host: str, path: str) -> None:
    """Before anything else is looked at: a name rebound to this machine ends here."""
    answer = ask("GET", path, HTTP_HOST=host)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


@pytest.mark.parametrize("path", ["/unknown", "/static/user_auth/docs.js", "/"])
def test_an_unknown_host_gets_nothing_of_other_paths_either(ask_service: Ask, path: str) -> None:
    """Static files and unknown paths of the service."""
    answer = ask_service("GET", path, HTTP_HOST="evil.example")
    kept_by_all(answer)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_in_local_mode_this_machine_goes_by_three_names(ask: Ask, host: str) -> None:
    """With any port."""
    assert ask("GET", "/plain", HTTP_HOST=host).status_code == 200


def test_probes_of_health_come_by_any_name(ask: Ask) -> None:
    """A balancer asks by address."""
    assert ask("GET", "/auth/healthz", HTTP_HOST="10.0.0.7:8000").json() == {"status": "ok"}


@pytest.mark.asvs("3.4.1")
def test_with_https_browsers_are_told_to_stay_with_it(ask_service: Ask, settings: Any) -> None:
    """For two years, all names below included; over http, as in local mode, the header would mean nothing."""
    assert "Strict-Transport-Security" not in ask_service("GET", "/plain").headers
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": PUBLIC}
    for path in ("/plain", "/unknown", "/static/user_auth/docs.js"):
        with closing(ask_service("GET", path)) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_an_endpoint_alone_makes_no_demand_on_the_whole_domain(ask_embedded: Ask, settings: Any) -> None:
    """It is the host project's domain."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": PUBLIC}
    assert "Strict-Transport-Security" not in ask_embedded("GET", "/plain").headers

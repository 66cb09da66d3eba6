"""Paths and methods that no well-behaved client asks for."""

import pytest

from tests.attacks.contract import check_headers, check_problem, check_refused
from tests.attacks.endpoints import GETS, POSTS, SCRIPT, ask
from tests.attacks.wire import exchange, head
from tests.harness.service import Service

TOKEN = "Authorization: Bearer a.b.c"
VARIANTS = [
    "{}/",
    "/{}",
    "{}//",
    "/.{}",
    "/x/..{}",
    "/%2e{}",
    "/%2e%2e{}",
    "{}%2f",
    "{}%00",
    "{}%20",
    "{}%0a",
    "{};a=b",
]
VARIANTS += ["{}.json", "{}%ff", "{}%c3%a9", "{}%", "{}%zz", "{}.", "{}\\", "/api{}"]


@pytest.mark.asvs("1.1.1")
@pytest.mark.parametrize("path", [*POSTS, *GETS])
def test_only_the_very_path_is_known(service: Service, path: str) -> None:
    """No slash more, no other case, no dots, no escapes that only look like it: 404, never a redirect."""
    method = "POST" if path in POSTS else "GET"
    others = [variant.format(path) for variant in VARIANTS] + [path.upper(), path[:2].upper() + path[2:]]
    for other in others:
        if other == path:
            continue
        check_problem(ask(service, f"{method} {other}"), 404, "not_found")


@pytest.mark.asvs("5.3.2", "13.4.1", "13.4.3")
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "//",
            "/index.html",
            "/admin",
            "/api",
            "/favicon.ico",
            "/robots.txt",
            "/.env",
            "/.git/config",
            "/static",
        ),
        *(
            "/static/",
            "/static/user_auth/",
            "/static/none.js",
            "/static/../manage.py",
            "/static/%2e%2e/%2e%2e/manage.py",
        ),
        *(
            "/static/..%5c..%5cmanage.py",
            "/static//etc/passwd",
            "/static/user_auth/docs.js/",
            "/static/user_auth/docs.js%00",
        ),
        *(
            "/docs/errors/",
            "/docs/errors/none",
            "/docs/errors/%00",
            "/docs/errors/__class__",
            "/docs/errors/..%2f..%2f",
        ),
        *(
            "/mailbox",
            "/mailbox/1",
            "/metrics/",
            "/" + "a" * 60_000,
            "/%0d%0aSet-Cookie:%20token=x",
            "/😀".encode().decode("latin-1"),
        ),
    ],
)
def test_what_is_not_there_is_not_found(service: Service, path: str) -> None:
    """No folder is listed, no file beside the static ones is served, nothing in a path becomes a header."""
    answer = ask(service, f"GET {path}")
    if not path.isascii():
        check_refused(answer)
        return
    check_problem(answer, 404, "not_found")
    assert not answer.all("set-cookie")


def test_static_files_answer_errors_as_everything_does(service: Service) -> None:
    """A method or a part that they do not have is a problem too."""
    assert ask(service, f"GET {SCRIPT}").status == 200
    check_problem(ask(service, f"POST {SCRIPT}"), 405, "method_not_allowed")


@pytest.mark.asvs("4.1.4", "13.4.4")
@pytest.mark.parametrize("path", [*POSTS, *GETS])
def test_only_the_methods_there_are_are_taken(service: Service, path: str) -> None:
    """Also made-up ones, other cases and TRACE get 405, with ``Allow``; what the body is does not matter then."""
    allowed = "POST, OPTIONS" if path in POSTS else "GET, HEAD, OPTIONS"
    own = "POST" if path in POSTS else "GET"
    for method in (
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "TRACE",
        "CONNECT",
        "BREW",
        own.lower(),
        own.title(),
        "M-SEARCH",
    ):
        if method == own:
            continue
        answer = exchange(service, head(f"{method} {path}", "Content-Type: text/plain", TOKEN, body=b"x" * 100))
        check_problem(answer, 405, "method_not_allowed")
        assert answer.header("allow") == allowed


@pytest.mark.parametrize("method", ["GE T", "G\tET", "GET\x00", "(GET)", "{}", "", "\xe9"])
def test_what_is_no_method_is_no_request(service: Service, method: str) -> None:
    """The parser refuses it."""
    check_refused(ask(service, f"{method} /login"))


@pytest.mark.parametrize("path", [*POSTS, *GETS])
def test_options_says_what_there_is_and_nothing_more(service: Service, path: str) -> None:
    """No body, no description, no CORS where no other origin is trusted."""
    answer = ask(service, f"OPTIONS {path}", "Origin: https://evil.example", "Access-Control-Request-Method: POST")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("allow") == ("POST, OPTIONS" if path in POSTS else "GET, HEAD, OPTIONS")
    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    check_headers(answer)


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    """Status and headers are the same; of a path without GET it is refused, without a body too."""
    got, headed = ask(service, f"GET {path}"), ask(service, f"HEAD {path}")
    assert (headed.status, headed.body) == (got.status, b"")
    changing = {"date", "x-request-id"}
    assert [each for each in headed.headers if each[0] not in changing] == [
        each for each in got.headers if each[0] not in changing
    ]
    refused = ask(service, "HEAD /login")
    assert (refused.status, refused.header("allow"), refused.body) == (405, "POST, OPTIONS", b"")


@pytest.mark.asvs("3.5.6", "15.3.7")
@pytest.mark.parametrize("path", GETS)
def test_a_query_string_changes_nothing(service: Service, path: str) -> None:
    """What it could mean elsewhere (a format, a method, a callback) it does not mean here."""
    plain = ask(service, f"GET {path}")
    asked = ask(service, f"GET {path}?format=api&callback=x&_method=DELETE&%00&{'a' * 5000}")
    assert (asked.status, asked.body) == (plain.status, plain.body)


@pytest.mark.asvs("16.4.1")
def test_a_path_does_not_write_into_the_log(service: Service) -> None:
    """Neither lines of its own, nor colors, nor the address of a person."""
    said = len(service.output)
    check_problem(ask(service, "GET /forged%0a%1b[31mline/of.somebody@example.com"), 404, "not_found")
    written = service.output[said:]
    assert "\x1b" not in written
    assert not any(line.startswith(("\x1b", "line")) for line in written.splitlines())
    assert "of.somebody@example.com" not in written

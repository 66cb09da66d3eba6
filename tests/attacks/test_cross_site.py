"""What a browser sends on behalf of a foreign site, and what it may read; over HTTP, on every path that writes."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.inside import Records, kept_code
from tests.attacks.wire import JSON, Answer, exchange, head, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

POSTS = ("/signup", "/verify-otp", "/login", "/verify-session", "/logout", "/resend-otp")
TRUSTED, FOREIGN = "https://app.example.com", "https://evil.example"
PREFLIGHT = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type")

GOOD_ORIGINS = [
    "http://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://[::1]:{port}",
    "HTTP://LocalHost:{port}",
    TRUSTED,
]
BAD_ORIGINS = [
    *(FOREIGN, "null", "", "*", "file://", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1:{port}"),
    *(
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}@evil.example",
        "http://127.0.0.1:{port}/",
        "127.0.0.1:{port}",
    ),
    *("http://127.0.0.2:{port}", "http://0.0.0.0:{port}", "http://app.example.com", "https://app.example.com:8443"),
    *(
        "https://app.example.com.evil.example",
        "https://xapp.example.com",
        "https://sub.app.example.com",
        "https://example.com",
    ),
    *("https://app.example.com, https://evil.example", "https://app.example.com https://evil.example", "\xe9"),
]
GOOD_SITES, BAD_SITES = (
    ("same-origin", "none"),
    ("cross-site", "same-site", "", "Same-Origin", "none, cross-site", "unknown"),
)


def ask(service: Service, line: str, *headers: str) -> Answer:
    return exchange(service, head(line, *(header.format(port=service.port) for header in headers)))


def is_let_in(service: Service, *headers: str) -> bool:
    """Tell whether a log-out is done; it has neither a limit nor a body."""
    answer = ask(service, "POST /logout", *headers)
    if answer.status != 204:
        check_problem(answer, 403, "cross_site_request")
        assert not answer.all("set-cookie")
    return answer.status == 204


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("origin", [*GOOD_ORIGINS, *BAD_ORIGINS], ids=ascii)
def test_without_fetch_metadata_the_origin_decides(limited: Service, origin: str) -> None:
    """Our own under each of this machine's names and the trusted one; near misses are foreign."""
    assert is_let_in(limited, f"Origin: {origin}") is (origin in GOOD_ORIGINS)


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("site", [*GOOD_SITES, *BAD_SITES])
def test_fetch_metadata_decides_but_for_a_trusted_origin(limited: Service, site: str) -> None:
    """Where it is there, our own origin does not make a foreign site ours; a trusted one is trusted anyhow."""
    is_good = site in GOOD_SITES
    assert is_let_in(limited, f"Sec-Fetch-Site: {site}") is is_good
    assert is_let_in(limited, f"Sec-Fetch-Site: {site}", "Origin: http://127.0.0.1:{port}") is is_good
    assert is_let_in(limited, f"Sec-Fetch-Site: {site}", f"Origin: {FOREIGN}") is is_good
    assert is_let_in(limited, f"Sec-Fetch-Site: {site}", f"Origin: {TRUSTED}")


def test_what_is_no_browser_is_let_in(limited: Service) -> None:
    """It sends neither header; a ``Referer`` says nothing."""
    assert is_let_in(limited)
    assert is_let_in(limited, f"Referer: {FOREIGN}/")


@pytest.mark.parametrize(
    ("authorization", "is_proof"),
    [
        ("Bearer a.b.c", True),
        ("bearer x", True),
        ("Bearer", False),
        ("Bearer ", False),
        ("Basic dTpw", False),
        ("", False),
    ],
)
def test_a_bearer_token_is_proof_that_no_other_header_is(limited: Service, authorization: str, is_proof: bool) -> None:
    """No browser adds one by itself, but it does add Basic."""
    headers = (f"Authorization: {authorization}", f"Origin: {FOREIGN}", "Sec-Fetch-Site: cross-site")
    assert is_let_in(limited, *headers) is is_proof


@pytest.mark.asvs("3.5.1", "3.5.2")
@pytest.mark.parametrize("path", POSTS)
def test_no_path_that_writes_is_left_out(limited: Service, path: str) -> None:
    """Before the body is looked into, with any type that a form can send refused even earlier."""
    for headers in (
        (f"Origin: {FOREIGN}",),
        ("Sec-Fetch-Site: cross-site",),
        ("Sec-Fetch-Site: same-site", "Cookie: token=x"),
    ):
        check_problem(ask(limited, f"POST {path}", *headers), 403, "cross_site_request")
        check_problem(exchange(limited, head(f"POST {path}", JSON, *headers, body=b"{")), 403, "cross_site_request")
    form = head(f"POST {path}", "Content-Type: text/plain", f"Origin: {FOREIGN}", body=b"{}")
    check_problem(exchange(limited, form), 415, "unsupported_media_type")


def test_a_foreign_site_changes_nothing(limited: Service, limited_records: Records, email: str) -> None:
    """It neither logs a browser out nor in; what the cookie stands for lives on."""
    ip = "X-Forwarded-For: 198.19.0.1"
    credentials = {"email": email, "password": PASSWORD}
    signup = exchange(limited, post("/signup", credentials, ip)).json()
    code = {"verification_id": signup["verification_id"], "otp": kept_code(limited_records, email)}
    assert exchange(limited, post("/verify-otp", code, ip)).status == 200
    login = exchange(limited, post("/login", credentials, ip))
    cookie = f"Cookie: {login.all('set-cookie')[0].partition(';')[0]}"
    foreign = ("Sec-Fetch-Site: cross-site", f"Origin: {FOREIGN}", cookie)
    assert exchange(limited, post("/logout", None, *foreign)).status == 403
    attempt = exchange(limited, post("/login", credentials, ip, *foreign))
    check_problem(attempt, 403, "cross_site_request")
    assert not attempt.all("set-cookie")
    assert exchange(limited, post("/verify-session", None, *foreign)).status == 403
    assert exchange(limited, post("/verify-session", None, cookie)).status == 200


LINES = [
    "GET /healthz",
    "GET /none",
    "BREW /login",
    "POST /logout",
    "POST /verify-session",
    "GET /openapi.json",
    "OPTIONS /login",
]


@pytest.mark.asvs("3.4.2")
@pytest.mark.parametrize("line", LINES)
def test_only_the_trusted_origin_may_read(limited: Service, line: str) -> None:
    """Success and refusal alike, with credentials and by its own name; for everybody else there is no such header."""
    shared = ask(limited, line, f"Origin: {TRUSTED}")
    assert shared.header("access-control-allow-origin") == TRUSTED
    assert shared.header("access-control-allow-credentials") == "true"
    assert "Retry-After" in shared.header("access-control-expose-headers")
    assert shared.header("vary") == "Origin"
    for origin in [None, *BAD_ORIGINS, *GOOD_ORIGINS[:4]]:
        answer = ask(limited, line, *([] if origin is None else [f"Origin: {origin}"]))
        assert not [name for name, _ in answer.headers if name.startswith("access-control-")], origin
        assert answer.header("vary") == "Origin"


@pytest.mark.parametrize("path", POSTS)
def test_a_preflight_is_answered_to_the_trusted_origin(limited: Service, path: str) -> None:
    """What it may send, for a while; a foreign one hears nothing, so its browser sends nothing."""
    answer = ask(limited, f"OPTIONS {path}", f"Origin: {TRUSTED}", *PREFLIGHT)
    assert (answer.status, answer.header("access-control-allow-origin")) == (204, TRUSTED)
    assert "POST" in answer.header("access-control-allow-methods")
    assert {"Authorization", "Content-Type"} <= set(answer.header("access-control-allow-headers").split(", "))
    assert "*" not in "".join(value for name, value in answer.headers if name.startswith("access-control-"))
    foreign = ask(limited, f"OPTIONS {path}", f"Origin: {FOREIGN}", *PREFLIGHT)
    assert not [name for name, _ in foreign.headers if name.startswith("access-control-")]


def test_static_files_are_shared_with_nobody_else(limited: Service) -> None:
    """No wildcard there either."""
    for origin in (FOREIGN, "null"):
        answer = ask(limited, "GET /static/user_auth/docs.js", f"Origin: {origin}")
        assert answer.status == 200
        assert not answer.all("access-control-allow-origin")


def test_where_nobody_is_trusted_nobody_may_read(service: Service) -> None:
    """The default: no CORS at all, and only our own pages may write."""
    for line in LINES:
        answer = ask(service, line, f"Origin: {TRUSTED}", *PREFLIGHT)
        assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    assert not is_let_in(service, f"Origin: {TRUSTED}")
    assert is_let_in(service, "Origin: http://127.0.0.1:{port}")


@pytest.mark.asvs("3.3.1", "3.3.3", "3.3.4", "3.4.1")
def test_https_has_one_name_and_guarded_cookies(closed: Service) -> None:
    """With an https ``PUBLIC_URL`` loopback is foreign, cookies are ``__Host-`` and ``Secure``, plain ones do not count."""
    assert is_let_in(closed, "Origin: https://auth.example.com")
    for origin in (
        "http://auth.example.com",
        "https://auth.example.com:8443",
        "http://127.0.0.1:{port}",
        "https://localhost",
    ):
        assert not is_let_in(closed, f"Origin: {origin}")
    logout = ask(closed, "POST /logout")
    assert logout.header("strict-transport-security").startswith("max-age=63072000")
    cookie = set(logout.header("set-cookie").split("; "))
    assert {"__Host-token=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=0"} <= cookie
    assert not [part for part in cookie if part.lower().startswith("domain")]
    check_problem(ask(closed, "POST /verify-session", "Cookie: token=x"), 401, "session_missing")
    check_problem(ask(closed, "POST /verify-session", "Cookie: __Host-token=x"), 401, "session_invalid")

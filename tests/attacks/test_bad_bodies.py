"""Bodies that no well-behaved client sends, on every endpoint that reads one."""

from typing import Any

import pytest

from tests.attacks.contract import check_headers, check_problem, fields_of
from tests.attacks.wire import JSON, LARGEST, Answer, exchange, exchange_half_closed, head, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

ID = "x" * 43
GOOD: dict[str, dict[str, str]] = {
    "/signup": {"email": "eve@example.com", "password": PASSWORD, "name": "Eve"},
    "/verify-otp": {"otp": "123456", "verification_id": ID},
    "/login": {"email": "eve@example.com", "password": PASSWORD, "transport": "cookie"},
    "/resend-otp": {"verification_id": ID},
}
OPTIONAL = {"name", "transport"}
WITHOUT_BODY = ("/verify-session", "/logout")
EVERY_FIELD = [(path, field) for path, body in GOOD.items() for field in body]

# No string; the last ones would run as operators if they reached a query.
WRONG_TYPES: list[object] = [
    *(0, 1, 123456, -1, 1.5, 2**63 - 1, True, False, None),
    *([], ["123456"], [["a"]], {}, {"a": "b"}),
    *({"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "sleep(9000)"}, {"$in": ["a"]}, [{"$gt": ""}]),
]


def nested(depth: int) -> bytes:
    """Return an object that is nested so deep."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


MALFORMED: dict[str, bytes] = {
    "a space": b" ",
    "null": b"null",
    "a list": b"[]",
    "a string": b'"email"',
    "a number": b"1",
    "a list of objects": b'[{"email":"a@example.com"}]',
    "cut off": b'{"email":',
    "two objects": b"{}{}",
    "something behind": b'{"a":1}x',
    "a comma too many": b'{"a":1,}',
    "a comment": b'{"a":1/**/}',
    "single quotes": b"{'a':1}",
    "a bare key": b"{a:1}",
    "a form": b"email=a%40example.com&password=b",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "too large a number": b'{"a":1e999}',
    "an integer beyond 64 bits": b'{"a":9223372036854775808}',
    "an integer of 5000 digits": b'{"a":' + b"9" * 5000 + b"}",
    "a key twice": b'{"email":"a@example.com","email":"b@example.com"}',
    "a key twice, once escaped": b'{"email":"a@example.com","\\u0065mail":"b@example.com"}',
    "a key twice, deeper": b'{"a":{"b":1,"b":2}}',
    "nine deep": nested(9),
    "thousands deep": b'{"a":' * 3000,
    "thousands of lists deep": b"[" * (LARGEST - 1),
    "deep behind closing brackets": b"]" * 8000 + b"[" * 8000,
    "NUL": b'{"a":"\x00"}',
    "NUL, escaped": b'{"a":"\\u0000"}',
    "NUL in a key": b'{"a\\u0000":"b"}',
    "a line end in a string": b'{"a":"\n"}',
    "a high surrogate": b'{"a":"\\ud800"}',
    "a low surrogate": b'{"a":"x\\udfff"}',
    "surrogates in the wrong order": b'{"a":"\\udc00\\ud800"}',
    "a surrogate in a key": b'{"\\ud800":1}',
    "a surrogate in the depth": b'{"a":[{"b":["\\udead"]}]}',
    "a surrogate as bytes": b'{"a":"\xed\xa0\x80"}',
    "Latin-1": b'{"a":"\xe9"}',
    "an overlong slash": b'{"a":"\xc0\xaf"}',
    "beyond Unicode": b'{"a":"\xf5\x80\x80\x80"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":"b"}'.encode("utf-16"),
    "UTF-16, little-endian": '{"a":"b"}'.encode("utf-16-le"),
    "UTF-16, big-endian": '{"a":"b"}'.encode("utf-16-be"),
    "UTF-32": '{"a":"b"}'.encode("utf-32"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


def send(service: Service, path: str, body: object) -> Answer:
    return exchange(service, post(path, body))


@pytest.mark.asvs("1.2.4", "2.2.1", "15.3.5")
@pytest.mark.parametrize(("path", "field"), EVERY_FIELD)
def test_a_text_field_takes_text_and_nothing_else(service: Service, path: str, field: str) -> None:
    """Numbers, lists and MongoDB's operators are refused by the name of the field, and nothing else is complained of."""
    for value in WRONG_TYPES:
        answer = send(service, path, GOOD[path] | {field: value})
        check_problem(answer, 400, "validation_error")
        assert fields_of(answer) == {(field, "invalid")}, value


@pytest.mark.parametrize(("path", "field"), [each for each in EVERY_FIELD if each[1] not in OPTIONAL])
def test_a_field_that_is_missing_is_named(service: Service, path: str, field: str) -> None:
    """Where one of two fields is needed, the first is."""
    answer = send(service, path, {name: value for name, value in GOOD[path].items() if name != field})
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {(field, "required")}


@pytest.mark.asvs("15.3.3", "15.3.7")
@pytest.mark.parametrize("path", [*GOOD, *WITHOUT_BODY])
@pytest.mark.parametrize(
    "name", ["is_active", "roles", "_id", "$where", "email.$ne", "password[$ne]", "__proto__", "Email", "email ", "", "é😀"]
)
def test_a_field_that_does_not_exist_is_refused(service: Service, path: str, name: str) -> None:
    """Nothing is dropped in silence: what cannot be set is not there to be sent."""
    answer = send(service, path, GOOD.get(path, {}) | {name: "x"})
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {(name, "unknown")}


@pytest.mark.asvs("1.5.3", "15.3.7")
@pytest.mark.parametrize("path", [*GOOD, *WITHOUT_BODY])
def test_what_is_not_one_json_object_is_malformed(service: Service, path: str) -> None:
    """One parser for all of them; what Python's own would let pass or fall over is refused too."""
    for what, body in MALFORMED.items():
        answer = send(service, path, body)
        assert answer.status == 400, (what, answer)
        check_problem(answer, 400, "malformed_body")


@pytest.mark.parametrize("path", GOOD)
def test_no_body_is_no_object(service: Service, path: str) -> None:
    """An endpoint that needs one says that it is malformed, whatever the request says of its type."""
    for headers in ([], [JSON], [JSON, "Content-Length: 0"], [JSON, "Transfer-Encoding: chunked"]):
        end = b"0\r\n\r\n" if "Transfer-Encoding: chunked" in headers else b""
        check_problem(exchange(service, head(f"POST {path}", *headers) + end), 400, "malformed_body")


@pytest.mark.parametrize("path", WITHOUT_BODY)
def test_where_no_body_is_taken_an_empty_object_is_none(service: Service, path: str) -> None:
    """The same answer with neither, with an empty one and with ``{}``."""
    answers = [exchange(service, request) for request in (post(path), post(path, b"{}"), head(f"POST {path}", JSON))]
    assert len({answer.status for answer in answers}) == 1
    assert answers[0].status in (204, 401)


def test_eight_levels_are_taken_and_nine_are_not(service: Service) -> None:
    """At eight only the field is at fault, at nine the body; brackets inside texts do not count."""
    check_problem(send(service, "/login", nested(8)), 400, "validation_error")
    check_problem(send(service, "/login", nested(9)), 400, "malformed_body")
    texts = GOOD["/login"] | {"password": '"\\' + "[{" * 100}
    check_problem(send(service, "/login", texts), 401, "invalid_credentials")


def login_of(size: int) -> bytes:
    """Return a log-in whose body has exactly so many bytes."""
    frame = b'{"email":"eve@example.com","password":"%s"}'
    return frame % (b"p" * (size - len(frame % b"")))


@pytest.mark.asvs("15.2.2")
def test_sixteen_kibibytes_are_taken_and_one_byte_more_is_not(service: Service) -> None:
    """With a length and in chunks; a password that cannot be right is just wrong."""
    for size, status, code in ((LARGEST, 401, "invalid_credentials"), (LARGEST + 1, 413, "payload_too_large")):
        whole = login_of(size)
        chunked = head("POST /login", JSON, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (size, whole)
        check_problem(send(service, "/login", whole), status, code)
        check_problem(exchange(service, chunked), status, code)


@pytest.mark.parametrize("path", [*GOOD, *WITHOUT_BODY, "/healthz", "/openapi.json"])
def test_too_large_a_body_is_refused_before_it_is_looked_into(service: Service, path: str) -> None:
    """A hundred thousand levels, of whatever type they claim to be, are only too large; GET is no way around that."""
    method = "GET" if path in ("/healthz", "/openapi.json") else "POST"
    deep = b"[" * 100_000
    for kind in (JSON, "Content-Type: text/plain"):
        answer = exchange(service, head(f"{method} {path}", kind, f"Content-Length: {len(deep)}"))
        check_problem(answer, 413, "payload_too_large")
    chunk = b"%x\r\n%s\r\n" % (1000, b"[" * 1000)
    answer = exchange(service, head(f"{method} {path}", JSON, "Transfer-Encoding: chunked") + chunk * 17)
    check_problem(answer, 413, "payload_too_large")


@pytest.mark.asvs("4.2.2")
@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("5", 400),
        ("500", 400),
        ("999999999999999999", 413),
        ("9999999999999999999", 413),
        ("99999999999999999999999999", 400),
        ("-1", 400),
        ("+61", 400),
        ("0x3d", 400),
        ("6_1", 400),
        ("61, 62", 400),
        ("61\r\nContent-Length: 62", 400),
        ("", 400),
    ],
)
def test_a_lie_about_the_length_gains_nothing(service: Service, length: str, status: int) -> None:
    """A body that is cut short, ends early or contradicts itself is never acted upon."""
    body = login_of(61)
    answer = exchange_half_closed(service, head("POST /login", JSON, f"Content-Length: {length}") + body)
    assert answer.status == status, answer
    if answer.body:
        check_problem(answer, status, "malformed_body" if status == 400 else "payload_too_large")


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nabc", b"-1\r\nabc", b"5\r\nab", b"ffffffffffffffffff\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n"]
)
def test_broken_chunks_are_malformed(service: Service, chunks: bytes) -> None:
    """What has come of them is not taken for a body."""
    answer = exchange_half_closed(service, head("POST /login", JSON, "Transfer-Encoding: chunked") + chunks)
    assert 400 <= answer.status < 500, answer
    if answer.body:
        check_problem(answer, answer.status, "malformed_body" if answer.status == 400 else "payload_too_large")


GOOD_TYPES = [
    "application/json",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    'application/json ; charset="UTF-8"',
    "application/json; CHARSET=Utf-8",
]
BAD_TYPES = [
    "",
    "*/*",
    "json",
    "text/plain",
    "text/json",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json, text/plain",
    "application/json\r\nContent-Type: application/json",
    "application/json; charset=utf-16",
    "application/json; charset=utf-7",
    "application/json; charset=latin-1",
    "application/json; charset=none-such",
    "application/json; charset=utf-8; charset=utf-16",
    "application/json; charset*=utf-8''utf-16",
    "application/json; charset*=none-such''x",
    "application/json; version=1",
    "application/json\xe9",
    "application/json\x0b",
]


@pytest.mark.asvs("3.5.2")
@pytest.mark.parametrize("path", [*GOOD, *WITHOUT_BODY])
def test_only_plain_json_in_utf8_is_taken(service: Service, path: str) -> None:
    """No form, no other charset, no guessing; a page of another site can send no such type without a preflight."""
    for kind in GOOD_TYPES:
        answer = exchange(service, head(f"POST {path}", f"Content-Type: {kind}", body=b"[]"))
        check_problem(answer, 400, "malformed_body")
    for kind in BAD_TYPES:
        answer = exchange(service, head(f"POST {path}", f"Content-Type: {kind}", body=b"{}"))
        check_problem(answer, 415, "unsupported_media_type")
    check_problem(exchange(service, head(f"POST {path}", body=b"{}")), 415, "unsupported_media_type")


@pytest.mark.parametrize("encoding", ["gzip", "identity", "br", "deflate", "utf-8", "x" * 1000, ""])
def test_no_content_encoding_is_taken(service: Service, encoding: str) -> None:
    """Nothing is unpacked, so nothing can be a bomb."""
    request = head("POST /login", JSON, f"Content-Encoding: {encoding}", body=login_of(100))
    check_problem(exchange(service, request), 415, "unsupported_media_type")


FORMS: dict[str, list[str]] = {
    "otp": ["", "12345", "1234567", " 123456", "123456\n", "12345a", "١٢٣٤٥٦", "１２３４５６", "-12345", "1e5000", "12 456"],
    "verification_id": ["", "x" * 201],
    "transport": ["", "Cookie", "both", "cookie ", "headers"],
    "name": ["", " ", "\t\n", "x" * 101, "a\nb", "a\x1bb", "a\u2028b", "a\u202eb", "a\x85b"],
    "email": [
        *("", "a", "@", "a@", "@example.com", "a@example", "a@@example.com", "a b@example.com", "a@exam ple.com"),
        *("a..b@example.com", ".a@example.com", "a.@example.com", '"a"@example.com', "a@[127.0.0.1]", "a@127.0.0.1"),
        *("<a@example.com>", "A <a@example.com>", "a@example.com,b@example.com", "a@example.com;b@example.com"),
        *("a@-example.com", "a@example-.com", "a@example..com", "a@.example.com", "a@example.com.", "a@exa_mple.com"),
        *("a@example.com\r\nBcc: b@example.com", "a\n@example.com", "a@example.com%0abcc:b@example.com", "mailto:a@example.com "),
        *("é@example.com", "\u212aelvin@example.com", "d\u0131otless@example.com", "a@exam\u200bple.com", "a\u00ad@example.com"),
        *("x" * 65 + "@example.com", "a@" + "x" * 64 + ".com", "a@" + ".".join(["x" * 60] * 5), "a@" + "b." * 7000 + "com"),
        *("a@xn--a", "a@xn--zzzzzzzz99999.com", "a@\u2024com", "a(comment)@example.com", "a@example.com\\"),
    ],
}


@pytest.mark.asvs("1.3.3", "1.3.11", "1.3.12", "2.2.1")
@pytest.mark.parametrize(("path", "field"), EVERY_FIELD)
def test_text_of_a_wrong_form_is_refused(service: Service, path: str, field: str) -> None:
    """Look-alikes, other people's digits, line ends that a mail would take for headers; a guess needs six digits."""
    for text in FORMS.get(field, []):
        answer = send(service, path, GOOD[path] | {field: text})
        check_problem(answer, 400, "validation_error")
        assert fields_of(answer) == {(field, "invalid")}, text


def test_both_ways_to_name_a_sign_up_are_one_too_many(service: Service) -> None:
    """And neither is one too few."""
    both = GOOD["/verify-otp"] | {"email": "eve@example.com"}
    answer = send(service, "/verify-otp", both)
    check_problem(answer, 400, "validation_error")
    assert fields_of(answer) == {("email", "invalid")}
    check_problem(send(service, "/verify-otp", {"otp": "123456"}), 400, "validation_error")


@pytest.mark.parametrize(
    "password", ["", " ", "\t\n", "x" * 16_000, "пароль", "😀" * 3000, "\ufdfa" * 900, "e" + "\u0301" * 5000, "a\x01b", "$2b$04$x"]
)
def test_at_log_in_no_password_is_of_a_wrong_form(service: Service, password: str) -> None:
    """One that cannot be right is just wrong, whatever bcrypt would say of it."""
    answer = send(service, "/login", {"email": "eve@example.com", "password": password})
    check_problem(answer, 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("password", "weaknesses"),
    [
        ("", {"too_short"}),
        ("Gx7!q_2", {"too_short"}),
        ("PassWord1", {"common"}),
        ("x" * 129, {"too_long"}),
        ("x" * 16_000, {"too_long"}),
        ("mallory.smith-1999!", {"derived"}),
        ("!!EXAMPLE.2024", {"derived"}),
        ("Django JWT Auth 1", {"derived"}),
        ("e\u0301" * 7, {"too_short"}),
    ],
)
def test_a_weak_password_is_refused_with_its_weakness(service: Service, password: str, weaknesses: set[str]) -> None:
    """In code points after normalization; nothing is stored of such a sign-up."""
    answer = send(service, "/signup", {"email": "mallory.smith@example.com", "password": password})
    check_problem(answer, 400, "weak_password")
    assert fields_of(answer) == {("password", weakness) for weakness in weaknesses}


def test_every_error_has_a_page(service: Service) -> None:
    """The address in ``type`` leads to it."""
    bodies: list[Any] = [b"[", {}, GOOD["/login"]]
    for problem in [send(service, "/login", body).json() for body in bodies]:
        page = exchange(service, head(f"GET {problem['type'].removeprefix(service.base_url)}"))
        assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
        check_headers(page)

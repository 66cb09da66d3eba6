"""Bodies that no well-behaved client sends, on every endpoint that reads one."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.endpoints import GOOD, WITHOUT_BODY, send
from tests.attacks.wire import JSON, LARGEST, exchange, exchange_half_closed, head, post
from tests.harness.service import Service


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


@pytest.mark.asvs("4.2.2")
@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\nabc", b"-1\r\nabc", b"5\r\nab", b"ffffffffffffffffff\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n"],
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


@pytest.mark.asvs("15.2.2")
@pytest.mark.parametrize("encoding", ["gzip", "identity", "br", "deflate", "utf-8", "x" * 1000, ""])
def test_no_content_encoding_is_taken(service: Service, encoding: str) -> None:
    """Nothing is unpacked, so nothing can be a bomb."""
    request = head("POST /login", JSON, f"Content-Encoding: {encoding}", body=login_of(100))
    check_problem(exchange(service, request), 415, "unsupported_media_type")

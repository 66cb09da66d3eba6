"""How much of a body is read, and what it may call itself."""

import io
from typing import Any

import pytest

from tests.web.conftest import Ask

FITS = b'{"text":"' + b"x" * 90 + b'"}'


class Endless(io.RawIOBase):
    """A body that never ends, and counts what was taken from it."""

    taken = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0
        self.taken += size
        return b"x" * size


class Dripping(io.BytesIO):
    """A body that comes a byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1 if size else 0)


class Broken(io.RawIOBase):
    """A connection that is gone."""

    def read(self, size: int = -1, /) -> bytes:
        raise ConnectionResetError


@pytest.mark.asvs("15.2.2")
@pytest.mark.parametrize("length", [16 * 1024 + 1, 10**6, 10**17])
def test_a_body_over_the_limit_is_refused_by_its_length(ask: Ask, length: int) -> None:
    """One that says so is too large before any of it is read."""
    body = Endless()
    answer = ask("POST", "/echo", CONTENT_LENGTH=str(length), **{"wsgi.input": body})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert body.taken == 0


@pytest.mark.asvs("15.2.2")
def test_a_body_without_a_length_is_read_to_the_limit_only(ask: Ask) -> None:
    """Of a chunked body no more than 16 KiB and one byte are ever held."""
    body = Endless()
    answer = ask("POST", "/echo", CONTENT_LENGTH="", **{"wsgi.input": body, "wsgi.input_terminated": True})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert body.taken == 16 * 1024 + 1


def test_the_limit_is_16_kib(ask: Ask) -> None:
    """A body of exactly 16 KiB is read, and found wrong for its field alone; one byte more is too large."""
    rest = 16 * 1024 - len('{"text": ""}')
    assert ask("POST", "/echo", {"text": "x" * rest}).json()["code"] == "validation_error"
    assert ask("POST", "/echo", {"text": "x" * (rest + 1)}).json()["code"] == "payload_too_large"


@pytest.mark.parametrize("chunked", [{}, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}])
def test_a_body_is_read_whole_however_it_comes(ask: Ask, chunked: dict[str, Any]) -> None:
    """A server may hand a body over in small pieces."""
    answer = ask("POST", "/echo", raw=FITS, **{"wsgi.input": Dripping(FITS), **chunked})
    assert answer.status_code == 200


@pytest.mark.asvs("4.2.2")
@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "five", "\u0665", "5 ", "9" * 5000, "0x10", "5,5"])
def test_a_length_that_is_none_is_malformed(ask: Ask, length: str) -> None:
    """Only ASCII digits are a length."""
    answer = ask("POST", "/echo", CONTENT_LENGTH=length, **{"wsgi.input": io.BytesIO(FITS)})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


@pytest.mark.asvs("4.2.2")
@pytest.mark.parametrize("body", [io.BytesIO(FITS[:-5]), Broken()])
def test_a_body_that_breaks_off_is_malformed(ask: Ask, body: Any) -> None:
    """A body shorter than it says is nobody's crash."""
    answer = ask("POST", "/echo", CONTENT_LENGTH=str(len(FITS)), **{"wsgi.input": body})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_a_socket_without_a_length_is_not_waited_for(ask: Ask) -> None:
    """Without a length, and without the server's word that reading ends, there is no body."""
    body = Endless()
    assert ask("POST", "/plain", CONTENT_LENGTH="", **{"wsgi.input": body}).status_code == 200
    assert body.taken == 0


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; charset=utf-8 ",
        "application/json;",
    ],
)
def test_json_in_utf_8_is_taken(ask: Ask, media_type: str) -> None:
    """With no charset or with UTF-8."""
    assert ask("POST", "/echo", raw=FITS, media_type=media_type).status_code == 200


@pytest.mark.asvs("3.5.2")
@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=utf-7",
        "application/json; charset=latin-1",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; version=1",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "*/*",
    ],
)
def test_every_other_media_type_is_refused(ask: Ask, media_type: str) -> None:
    """Forms above all: a foreign page can send them."""
    answer = ask("POST", "/echo", raw=FITS, media_type=media_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.asvs("15.2.2")
@pytest.mark.parametrize("encoding", ["gzip", "identity", "deflate, gzip", ""])
def test_no_content_encoding_is_taken(ask: Ask, encoding: str) -> None:
    """Nothing is unpacked, so nothing can swell."""
    answer = ask("POST", "/echo", raw=FITS, HTTP_CONTENT_ENCODING=encoding)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("raw", [b"", b"{}", b" { } "])
def test_an_endpoint_without_a_body_takes_none_or_an_empty_object(ask: Ask, method: str, raw: bytes) -> None:
    """Both are nothing."""
    assert ask(method, "/plain", raw=raw).status_code in (200, 204)


def test_no_body_needs_no_media_type(ask: Ask) -> None:
    """What a form without fields sends is nothing too."""
    assert ask("POST", "/plain", media_type="application/x-www-form-urlencoded").status_code == 200


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b'{"a":1}', "validation_error"), (b"[]", "malformed_body"), (b" ", "malformed_body"), (b"x", "malformed_body")],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_endpoint_without_a_body_takes_no_other(ask: Ask, method: str, raw: bytes, code: str) -> None:
    """What it would not look at it does not let pass."""
    answer = ask(method, "/plain", raw=raw)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_endpoint_with_a_body_needs_one(ask: Ask) -> None:
    """No body is not an object without fields."""
    answer = ask("POST", "/echo")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_a_body_that_a_middleware_has_read_is_not_lost(ask_embedded: Ask, settings: Any) -> None:
    """A host project may have read it first."""
    settings.MIDDLEWARE = ["tests.web.middlewares.read_body_first"]
    assert ask_embedded("POST", "/echo", raw=FITS).status_code == 200

"""Requests that Django itself would fall over."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from user_auth.web.wsgi import Handler, Request

HEADERS = [
    "application/json; a*=bogus'x'%ff",
    "application/json; charset=undefined",
    "application/json; charset=zlib",
    "application/json; charset=\0",
]


def environ(media_type: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/healthz",
        "QUERY_STRING": "a=%ff",
        "CONTENT_TYPE": media_type,
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
    }


class Recorded:
    """What WSGI tells a server before the body."""

    status = ""

    def __call__(self, status: str, *_: object) -> Callable[[bytes], object]:
        self.status = status
        return bytes


@pytest.mark.parametrize("media_type", HEADERS)
def test_no_media_type_makes_a_request_fail_before_it_is_looked_at(media_type: str) -> None:
    """Django reads the header while it builds the request, where nothing catches what that raises."""
    assert Request(environ(media_type)).GET["a"] == "\ufffd"


@pytest.mark.parametrize("media_type", HEADERS)
def test_such_a_request_gets_its_answer(media_type: str) -> None:
    """Through the whole handler."""
    answer = Recorded()
    Handler()(environ(media_type), answer)
    assert answer.status == "200 OK"

"""The body of a request as bytes: how much of it is read, and what it may call itself."""

import re
from typing import Protocol

from django.http import HttpRequest

from user_auth.foundation.errors import MalformedBodyError, PayloadTooLargeError, UnsupportedMediaTypeError

MAX_BODY_BYTES = 16 * 1024
_JSON = re.compile(r'application/json[ \t]*(?:;[ \t]*(?:charset=(?:utf-8|"utf-8")[ \t]*)?)?', re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,20}")


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes: ...


def read_body(request: HttpRequest) -> bytes:
    """Return the body, after its size and its media type have been found good.

    Never holds more than one byte over the limit, whatever the request says of its length.

    Raises:
        PayloadTooLargeError: It has more than 16 KiB.
        UnsupportedMediaTypeError: It is not declared as plain JSON in UTF-8.
        MalformedBodyError: Its length makes no sense, or it ends too early.
    """
    declared = _declared_length(request)
    raw = _read(request, most=MAX_BODY_BYTES + 1 if declared is None else declared)
    if len(raw) > MAX_BODY_BYTES:
        raise PayloadTooLargeError
    if declared is not None and len(raw) < declared:
        raise MalformedBodyError("The body ends before its declared length.")
    _check_media_type(request, is_empty=not raw)
    return raw


def _declared_length(request: HttpRequest) -> int | None:
    """Return the length that the request declares; ``None`` when it will be known at the body's end."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text:
        return None if _ends_by_itself(request) else 0
    if not _LENGTH.fullmatch(text):
        raise MalformedBodyError("The Content-Length is not a number of bytes.")
    if int(text) > MAX_BODY_BYTES:
        raise PayloadTooLargeError
    return int(text)


def _ends_by_itself(request: HttpRequest) -> bool:
    """Tell whether reading stops at the body's end; a bare socket would wait for more, for ever."""
    environ = request.META
    return "wsgi.input" not in environ or bool(environ.get("wsgi.input_terminated")) or hasattr(request, "_body")


def _read(request: HttpRequest, *, most: int) -> bytes:
    if hasattr(request, "_body"):
        # A middleware of the host project was there first.
        return request.body[: MAX_BODY_BYTES + 1]
    stream: Stream = request.META.get("wsgi.input", request)
    chunks: list[bytes] = []
    left = most
    try:
        while left > 0 and (chunk := stream.read(left)):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError as error:
        raise MalformedBodyError("The body broke off.") from error
    return b"".join(chunks)


def _check_media_type(request: HttpRequest, *, is_empty: bool) -> None:
    if "HTTP_CONTENT_ENCODING" in request.META:
        raise UnsupportedMediaTypeError
    if not is_empty and not _JSON.fullmatch(request.META.get("CONTENT_TYPE", "").strip()):
        raise UnsupportedMediaTypeError

"""The part of RSGI, granian's interface to applications, that is used here.

Source: RSGI 1.x, ``docs/spec/RSGI.md`` in granian's repository.
"""

from collections.abc import AsyncIterator
from typing import Protocol


class Headers(Protocol):
    """The headers of a request, by name in lower case."""

    def __contains__(self, name: str, /) -> bool: ...
    def keys(self) -> list[str]: ...
    def items(self) -> list[tuple[str, str]]: ...
    def get(self, name: str, default: str, /) -> str: ...


class Scope(Protocol):
    """The head of a request.

    Attributes:
        http_version: ``1`` or ``1.1``.
        server: Where the request arrived, as ``address:port``.
        client: Where it came from, as ``address:port``.
        path: Without escapes; bytes that were no UTF-8 are replaced.
        query_string: As it was sent.
        authority: The host that the request's target names, if it names one.
    """

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> Headers: ...


class Exchange(Protocol):
    """The body of a request, and the way to answer."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes, /) -> None: ...

"""The tokens that a request carries, read without judging them."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, Self

from django.http import HttpRequest

from user_auth.foundation.errors import SessionInvalidError
from user_auth.web import cookies

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([^ ]+)")


class Presented(NamedTuple):
    """What a request shows of sessions.

    Attributes:
        header: The bearer token; ``None`` without an ``Authorization`` header, empty when that holds none.
        cookies: The values of every cookie of the session cookie's name.
    """

    header: str | None
    cookies: tuple[str, ...]

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        return cls.read(request.META.get("HTTP_AUTHORIZATION"), request.META.get("HTTP_COOKIE", ""))

    @classmethod
    def read(cls, authorization: str | None, cookie: str) -> Self:
        """Return what the two headers of a request show."""
        header = None if authorization is None else _bearer_token(authorization)
        return cls(header, tuple(_values(cookie, name=cookies.session_name())) if cookie else ())

    @property
    def has_bearer(self) -> bool:
        return bool(self.header)

    @property
    def transport(self) -> Literal["header", "cookie"]:
        """Which of the two counts: the header if there is one."""
        return "cookie" if self.header is None else "header"

    @property
    def token(self) -> str | None:
        """The token that counts; ``None`` when there is none.

        Raises:
            SessionInvalidError: The header is not a bearer token, or two cookies have our name.
        """
        if self.header == "" or (self.header is None and len(self.cookies) > 1):
            raise SessionInvalidError
        if self.header is not None:
            return self.header
        return self.cookies[0] if self.cookies else None

    @property
    def cookie(self) -> str | None:
        """The cookie's token if there is exactly one, whatever the header says."""
        return self.cookies[0] if len(self.cookies) == 1 else None

    @property
    def every_token(self) -> tuple[str, ...]:
        """All that was shown, in the header and in cookies: what a log-out ends."""
        return tuple(token for token in (self.header, *self.cookies) if token)


def cookie_value(request: HttpRequest, name: str) -> str:
    """Return the first cookie of that name, or an empty text."""
    return next(_values(request.META.get("HTTP_COOKIE", ""), name=name), "")


def _bearer_token(authorization: str) -> str:
    found = _BEARER.fullmatch(authorization.strip(" \t"))
    return found[1] if found else ""


def _values(header: str, *, name: str) -> Iterator[str]:
    # Not Django's parser: that keeps only the last of two cookies of one name.
    for pair in header.split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip(" \t") == name:
            yield value.strip(" \t")

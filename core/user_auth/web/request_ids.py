"""The id under which a request is logged and answered."""

import re
import secrets
from contextvars import ContextVar

from django.http import HttpRequest

HEADER = "X-Request-Id"
# Kept in the environ, which no client can reach: its headers all become HTTP_*.
_KEPT_AS = "user_auth.request_id"
_GOOD = re.compile(r"[A-Za-z0-9._-]{1,64}")


# For the log's formatter, which does not see the request; empty where none is being answered.
current: ContextVar[str] = ContextVar("user_auth_request_id", default="")


def bind(request: HttpRequest) -> None:
    """Have what is logged from here on carry the request's id."""
    current.set(of(request))


def of(request: HttpRequest) -> str:
    """Return the request's id: the one it came with, if that is fit for a log, else a new one; always the same."""
    kept = request.META.get(_KEPT_AS)
    if not isinstance(kept, str):
        kept = request.META[_KEPT_AS] = choose(request.META.get("HTTP_X_REQUEST_ID", ""))
    return kept


def choose(incoming: str) -> str:
    """Return ``incoming`` if it is fit to be a request's id, else a new one, of 128 bits."""
    return incoming if incoming and _GOOD.fullmatch(incoming) else secrets.token_hex(16)

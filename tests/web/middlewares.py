"""Middlewares as a host project may have them."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]


def read_body_first(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        assert request.body
        return get_response(request)

    return middleware


def fail_as_asked(get_response: Handler) -> Handler:
    """Raise what the header ``X-Fail`` names, before any view is reached."""
    failures = {"crash": RuntimeError, "suspicion": SuspiciousOperation, "refusal": PermissionDenied}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if asked := request.headers.get("X-Fail"):
            raise failures[asked]
        return get_response(request)

    return middleware

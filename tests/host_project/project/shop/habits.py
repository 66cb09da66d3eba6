"""How this project treats requests and errors, everywhere."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import exception_handler


def read_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read every body before its view does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["shop.body_bytes"] = len(request.body)
        return get_response(request)

    return middleware


class NoStrangers(BaseThrottle):
    """Turns away whoever is not signed in."""

    def allow_request(self, request: Request, view: object) -> bool:
        return bool(request.user.is_authenticated)


def envelope(error: Exception, context: Any) -> Response | None:
    """Answer every error in the project's own form."""
    answer = exception_handler(error, context)
    if answer is None:
        return None
    answer.data = {"ok": False, "why": getattr(answer.data["detail"], "code", None)}
    return answer

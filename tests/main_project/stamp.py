"""A middleware that shows that it is there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class Stamp:
    """Puts a header on every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response["X-Stamp"] = "new"
        return response

"""What this project does with every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def read_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read every body before its view does."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META["shop.body_bytes"] = len(request.body)
        return get_response(request)

    return middleware

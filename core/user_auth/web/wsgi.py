"""Django's WSGI handler, for requests that no browser would send."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose media type is left to the endpoint."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:  # noqa: ARG002 - Django's signature
        # Django reads the header before any of our code runs, and raises at some charsets and at RFC 2231 encodings
        # that do not exist: a 500 for anybody who asks for one.
        self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's handler with that request."""

    request_class = Request

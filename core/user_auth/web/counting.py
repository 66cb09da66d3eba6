"""Every request counted once, by whichever of our layers answers it."""

import logging
import time

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from user_auth import metrics

SERVER_ERRORS = 500
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# In the environ, which no client can reach, and on the response: Django's own objects, so no attributes of ours.
_COUNTED = "user_auth.counted"
_CODE = "user_auth_code"
# Django's own, with which it keeps from logging an answer twice.
_LOGGED = "_has_been_logged"
# Says no as often as it is asked; whatever is away has its own line in the log, once.
QUIET = "readyz"

_log = logging.getLogger("user_auth.web")


def name_code(response: HttpResponseBase, code: str) -> None:
    """Note which refusal an answer is."""
    vars(response)[_CODE] = code


def count(request: HttpRequest, response: HttpResponseBase, *, began: float) -> None:
    """Count an answer, unless that was done further in; one that is our failure is a line of the log too.

    Args:
        began: When its request was taken up, by ``time.monotonic``.
    """
    if request.META.get(_COUNTED):
        return
    request.META[_COUNTED] = True
    seconds = time.monotonic() - began
    endpoint, method = _endpoint(request, response), method_label(request.META["REQUEST_METHOD"])
    outcome = vars(response).get(_CODE) or str(response.status_code)
    metrics.count_request(endpoint=endpoint, method=method, outcome=outcome)
    metrics.observe_request(seconds, endpoint=endpoint)
    if response.status_code >= SERVER_ERRORS:
        vars(response)[_LOGGED] = True
    if response.status_code >= SERVER_ERRORS and endpoint != QUIET:
        fields = {"endpoint": endpoint, "method": method, "status": response.status_code, "outcome": outcome}
        text = "%s %s was answered with %d %s after %.3f s."
        values = (method, endpoint, response.status_code, outcome, seconds)
        _log.warning(text, *values, extra={"fields": fields | {"seconds": round(seconds, 3)}})


def method_label(method: str) -> str:
    """Return a method by which may be counted: of made-up ones there is no end."""
    return method if method in KNOWN_METHODS else "other"


def _endpoint(request: HttpRequest, response: HttpResponseBase) -> str:
    """Return the name of the URL pattern; what has none is a static file, or nothing at all."""
    if request.resolver_match:
        return request.resolver_match.url_name or "other"
    return "static" if response.status_code < 400 else "unknown"  # noqa: PLR2004 - any success

"""Refusals as RFC 9457 problems."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from user_auth import conf
from user_auth.foundation.errors import (
    AuthError,
    InternalError,
    Kind,
    MethodNotAllowedError,
    SessionError,
    SessionMissingError,
)
from user_auth.web import counting, failures, negotiation, phrases, renderer, rendering, request_ids

CONTENT_TYPE = "application/problem+json"
ERROR_PAGE = "user_auth:error_page"

STATUSES: Mapping[Kind, int] = {
    Kind.BAD_REQUEST: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD_NOT_ALLOWED: 405,
    Kind.TIMEOUT: 408,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA_TYPE: 415,
    Kind.RATE_LIMITED: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}


class Rendered(NamedTuple):
    """An answer, before it is anybody's response object."""

    status: int
    headers: dict[str, str]
    body: bytes


def render(error: AuthError, *, request_id: str) -> Rendered:
    """Return a refusal as an answer: its status, the headers that belong to it, its body."""
    status = STATUSES[error.kind]
    return Rendered(status, _headers(error), renderer.encode(_body(error, status=status, request_id=request_id)))


def respond(error: Exception, *, request: HttpRequest) -> HttpResponse:
    """Answer whatever was raised; to be called while it is handled, so that a crash can be reported."""
    refusal = failures.translate(error)
    if isinstance(refusal, InternalError):
        failures.report_crash(error, request=request, request_id=request_ids.of(request))
    return answer(refusal, request=request)


def answer(refusal: AuthError, *, request: HttpRequest) -> HttpResponse:
    """Return a refusal as Django's response: a problem, and to a person's browser a page that says the same."""
    if negotiation.wants_page(request):
        # A host project need not serve our paths, to which the page leads.
        with suppress(NoReverseMatch):
            return _page(refusal, request=request)
    rendered = render(refusal, request_id=request_ids.of(request))
    response = HttpResponse(rendered.body, status=rendered.status, headers=rendered.headers)
    counting.name_code(response, refusal.code)
    return response


def _page(refusal: AuthError, *, request: HttpRequest) -> HttpResponse:
    title, text = phrases.ERROR_PAGES.get(refusal.kind, phrases.OTHER_ERROR_PAGE)
    context = {
        "status": STATUSES[refusal.kind],
        "title": title,
        "text": text,
        "retry_after": refusal.retry_after,
        "request_id": request_ids.of(request),
    }
    page = rendering.page(request, "problem", context, status=STATUSES[refusal.kind])
    for name, value in _headers(refusal).items():
        page.headers.setdefault(name, value)
    return page


def type_url(code: str) -> str:
    """Return the address of an error's page; ``about:blank`` where the pages are not served."""
    path = _page_path(code)
    return conf.settings().public_url + path if path else "about:blank"


def _body(error: AuthError, *, status: int, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": type_url(error.code),
        "title": error.title,
        "status": status,
        "detail": error.message,
        "code": error.code,
        "request_id": request_id,
    }
    if error.errors:
        body["errors"] = [{"param": item.param, "code": item.code, "message": item.message} for item in error.errors]
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
    return body | error.members


def _headers(error: AuthError) -> dict[str, str]:
    headers = {"Content-Type": CONTENT_TYPE}
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = _challenge(error)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowedError):
        headers["Allow"] = ", ".join(error.allowed)
    return headers


def _challenge(error: AuthError) -> str:
    """Return what a 401 must carry (RFC 9110 §11.6.1); a token that was tried is named as the cause (RFC 6750 §3)."""
    was_tried = isinstance(error, SessionError) and not isinstance(error, SessionMissingError)
    return 'Bearer error="invalid_token"' if was_tried else "Bearer"


@lru_cache(maxsize=128)
def _page_path(code: str) -> str:
    try:
        return reverse(ERROR_PAGE, args=[code])
    except NoReverseMatch:
        return ""


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("ROOT_URLCONF", "FORCE_SCRIPT_NAME"):
        _page_path.cache_clear()


setting_changed.connect(_forget)

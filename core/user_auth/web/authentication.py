"""Our sessions for the Django REST Framework views of a host project; see ``identity`` for what it may not import."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from user_auth.foundation.errors import AuthError, Kind
from user_auth.web import identity
from user_auth.web.identity import CurrentUser, Identity


class JWTAuthentication(BaseAuthentication):
    """For ``authentication_classes``: a bearer token in the header or the cookie, judged as ``/verify-session`` does.

    ``request.user`` becomes a ``CurrentUser``, ``request.auth`` an ``Identity``. A request that shows no session is
    left to the next class. What is refused has our code in ``detail.code``, for whatever exception handler there is.
    """

    def authenticate(self, request: Request) -> tuple[CurrentUser, Identity] | None:
        _vary(request)
        try:
            found = identity.identify(request._request)  # noqa: SLF001 - DRF's own way down to Django's request
        except AuthError as refusal:
            raise _as_drf(refusal) from refusal
        return (found.user, found) if found else None

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401; without one DRF would make it a 403."""
        return 'Bearer error="invalid_token"' if identity.shows_session(request._request) else "Bearer"  # noqa: SLF001


class ServiceUnavailableError(APIException):
    """The database does not answer; DRF makes ``Retry-After`` of ``wait``."""

    status_code = 503

    def __init__(self, refusal: AuthError) -> None:
        super().__init__(refusal.message, refusal.code)
        self.wait = refusal.retry_after


def _as_drf(refusal: AuthError) -> APIException:
    if refusal.kind is Kind.UNAVAILABLE:
        return ServiceUnavailableError(refusal)
    kind = PermissionDenied if refusal.kind is Kind.FORBIDDEN else AuthenticationFailed
    return kind(refusal.message, refusal.code)


def _vary(request: Request) -> None:
    """Have the answer say that it depends on who asks, or a cache in front of the view would give it to others."""
    view = (request.parser_context or {}).get("view")
    headers: dict[str, Any] = getattr(view, "headers", {})
    headers["Vary"] = ", ".join(filter(None, [headers.get("Vary"), *identity.VARY]))

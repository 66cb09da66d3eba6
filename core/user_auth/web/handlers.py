"""Problems in place of Django's own error pages; a project names them in its root URLconf as ``handler404`` etc."""

from django.http import HttpRequest, HttpResponse

from user_auth.foundation.errors import ForbiddenError, InternalError, MalformedBodyError, NotFoundError
from user_auth.web import problems


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problems.answer(MalformedBodyError("The request makes no sense."), request=request)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problems.answer(ForbiddenError(), request=request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return problems.answer(NotFoundError(), request=request)


def crashed(request: HttpRequest) -> HttpResponse:
    # Django has logged the crash and sent its signal.
    return problems.answer(InternalError(), request=request)

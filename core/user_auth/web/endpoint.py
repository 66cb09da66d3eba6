"""The base of every endpoint.

```python
class LoginView(Endpoint):
    @operation(
        summary="Log in",
        body=CredentialsBody,
        limit=limits.LOGIN,
        answers={200: SignedInAnswer},
        refusals=(InvalidCredentialsError,),
    )
    def post(self, call: Call) -> Response: ...
```

A handler runs once its request has passed every check that its ``operation`` declares; it returns a ``Response`` or
raises a refusal.
"""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import pymongo
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.schemas.inspectors import ViewInspector
from rest_framework.settings import DEFAULTS, IMPORT_STRINGS, APISettings
from rest_framework.views import APIView

from user_auth import audit
from user_auth.audit import Event
from user_auth.foundation.errors import (
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    RateLimitedError,
    SessionInvalidError,
    SessionRevokedError,
)
from user_auth.mongo import connection
from user_auth.web import counting, edge, hosts, negotiation, problems
from user_auth.web.call import Call, admit
from user_auth.web.caller import read_caller
from user_auth.web.operation import Operation, declared_by, operation
from user_auth.web.pages import Page
from user_auth.web.renderer import JsonRenderer

__all__ = ["Call", "Endpoint", "Operation", "operation"]

NOTED: Mapping[type[Exception], Event] = {
    ForbiddenError: Event.ACCESS_REFUSED,
    RateLimitedError: Event.RATE_LIMITED,
    SessionInvalidError: Event.TOKEN_INVALID,
    SessionRevokedError: Event.TOKEN_REUSED,
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Endpoint(APIView):
    """A path of the API: one handler for each method that it has, each with its ``operation``.

    One of DRF's views for the sake of its serializers and of the tools that know it. It takes a request through by
    itself and pins what DRF would read from ``REST_FRAMEWORK``, so that a host project's defaults change nothing.

    Attributes:
        operations: What each method declares, by its name in capitals.
        answers_any_host: Whether the ``Host`` may be anything; probes of health come by address.
        page: What a person's browser gets from the path.
        is_page_only: Whether programs get nothing from it, not even a word about its methods.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}
    answers_any_host: ClassVar[bool] = False
    page: ClassVar[Page | None] = None
    is_page_only: ClassVar[bool] = False

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = ()
    renderer_classes = (JsonRenderer,)
    content_negotiation_class = DefaultContentNegotiation
    metadata_class = None
    versioning_class = None
    # The first is for what differs from the second; were it empty, it would mean the host project's.
    settings = APISettings(DEFAULTS, DEFAULTS, IMPORT_STRINGS)
    # A host project's own document of its API passes over us: ours is at /openapi.json.
    schema: ViewInspector | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Collect what the handlers declare.

        Raises:
            TypeError: One of them declares nothing.
        """
        super().__init_subclass__(**options)
        cls.operations = {method: _declaration(cls, method) for method in METHODS if hasattr(cls, method.lower())}

    def dispatch(self, request: HttpRequest, *_: Any, **kwargs: Any) -> HttpResponseBase:
        began = time.monotonic()
        try:
            # All commands of one request together, so that a dead database is told within 6 s.
            with pymongo.timeout(connection.OPERATION_SECONDS):
                response = _render(self._answer(request, kwargs))
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes an answer
            _note(error, request)
            response = problems.respond(error, request=request)
        counting.count(request, response, began=began)
        if self.page and request.META["REQUEST_METHOD"] in ("GET", "HEAD"):
            patch_vary_headers(response, ["Accept"])
        return edge.finish(request, response)

    def _answer(self, request: HttpRequest, path: dict[str, Any]) -> HttpResponseBase:
        if not self.answers_any_host:
            hosts.check(request)
        if self.page and negotiation.wants_page(request):
            return self.page.answer(request, path)
        if self.is_page_only:
            raise NotFoundError
        # As it was sent: Django's request.method has made capitals of it.
        method = request.META["REQUEST_METHOD"]
        if method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join(self.allowed())})
        handled_as = "GET" if method == "HEAD" else method
        if handled_as not in self.operations:
            raise MethodNotAllowedError(allowed=self.allowed())
        handler = getattr(self, handled_as.lower())
        answer: HttpResponseBase = handler(admit(request, self.operations[handled_as]), **path)
        return answer

    @classmethod
    def allowed(cls) -> list[str]:
        """Return the methods that the path has."""
        return [*cls.operations, *(["HEAD"] if "GET" in cls.operations else []), "OPTIONS"]


def _declaration(endpoint: type[Endpoint], method: str) -> Operation:
    declared = declared_by(getattr(endpoint, method.lower()))
    if declared is None:
        raise TypeError(f"{endpoint.__qualname__}.{method.lower()} has no @operation: nothing says who may call it.")
    return declared


def _note(error: Exception, request: HttpRequest) -> None:
    """Log the refusals that somebody may have to look into; none of them is stored, so that a flood costs no writes."""
    event = NOTED.get(type(error))
    if event:
        audit.record(event, outcome="failure", caller=read_caller(request), subject=None)


def _render(response: HttpResponseBase) -> HttpResponseBase:
    if not isinstance(response, Response):
        return response
    response.accepted_renderer = JsonRenderer()
    response.accepted_media_type = JsonRenderer.media_type
    vars(response)["renderer_context"] = {}
    rendered: HttpResponseBase = response.render()
    return rendered

"""Writes the API's document, ``core/user_auth/openapi.json``, from the code: ``make openapi``.

    python scripts/build_openapi.py [--check]

With ``--check`` nothing is written; the exit status says whether the file is what the code gives.
"""
# ruff: noqa: E402, TID251 - Django has to be configured before what reads its settings can be imported

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

CORE = Path(__file__).resolve().parent.parent / "core"
sys.path.insert(0, str(CORE))

import django
from django.conf import settings as django_settings

django_settings.configure(
    INSTALLED_APPS=["user_auth"],
    ROOT_URLCONF="user_auth.urls",
    USE_I18N=False,
    USE_TZ=True,
    # Without contrib.auth nobody is anonymous in its sense.
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
)
django.setup()

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework.serializers import BaseSerializer

from user_auth import conf
from user_auth.features import FEATURES
from user_auth.features.operations import catalogue, openapi
from user_auth.foundation import errors, windows
from user_auth.foundation.errors import AuthError
from user_auth.limits import Rule
from user_auth.limits.allowances import Windows
from user_auth.web import cross_site, problems
from user_auth.web.answers import PlainText
from user_auth.web.body import Body
from user_auth.web.endpoint import Endpoint, Operation
from user_auth.web.fields import Text

DEFAULTS = conf.read({"SECRET_KEY": "of a service that only has its defaults"})
UNITS = {seconds: unit for unit, seconds in windows.UNITS.items()}

# What holds for every operation.
DESCRIPTION = Path(__file__).with_name("openapi.md").read_text(encoding="utf-8")

COMPONENTS = {
    "securitySchemes": {
        "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-token", "description": "Set by `POST /login`."},
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "metrics": {"type": "http", "scheme": "bearer", "description": "`METRICS_TOKEN`."},
    },
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "A refusal (RFC 9457). Further members belong to single codes.",
            "properties": {
                "type": {"type": "string", "format": "uri", "description": "The page that explains the error."},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "One sentence for a person."},
                "code": {"type": "string", "description": "Stable; the only thing to branch on."},
                "request_id": {"type": "string"},
                "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
                "retry_after": {"type": "integer", "description": "Seconds, as in the header `Retry-After`."},
                "reason": {"type": "string", "description": "With `session_revoked`, where it is known."},
            },
            "required": ["type", "title", "status", "detail", "code", "request_id"],
        },
        "FieldProblem": {
            "type": "object",
            "properties": {
                "param": {"type": "string", "description": "The field, as it was sent."},
                "code": {"type": "string"},
                "message": {"type": "string"},
            },
            "required": ["param", "code", "message"],
        },
    },
}

# Some features are for the command line alone.
WITH_PATHS = [name for name in FEATURES if find_spec(f"user_auth.features.{name}.urls")]
SETTINGS = {
    "TITLE": "Django JWT Auth",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "APPEND_COMPONENTS": COMPONENTS,
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,
    "TAGS": [{"name": name, "description": import_module(f"user_auth.features.{name}").__doc__} for name in WITH_PATHS],
}


class FieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Our fields describe themselves."""

    target_class = Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return dict(cast("Text", self.target).json_schema)


class BodySchema(OpenApiSerializerExtension):
    """Our bodies take nothing unknown."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        body = cast("Body", self.target)
        schema: dict[str, Any] = auto_schema._map_serializer(body, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as spectacular's own extensions do
        # The description would be the docstring of the base.
        schema.pop("description", None)
        one_of = [{"required": [name]} for name in body.exactly_one_of]
        return schema | {"additionalProperties": False} | ({"oneOf": one_of} if one_of else {})


class Schema(AutoSchema):
    """Reads what the operations declare."""

    @property
    def operation(self) -> Operation:
        return cast("Endpoint", self.view).operations[self.method]

    def is_excluded(self) -> bool:
        return not self.operation.is_documented

    def get_operation_id(self) -> str:
        return "_".join([self.method.lower(), *re.findall(r"[a-z]+", self.path)])

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]  # spectacular's signature, not DRF's
        return " ".join(filter(None, [self.operation.description, *_limits(self.operation)]))

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.split(".")[-2]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self.operation.own_token:
            # In local mode it can do without.
            return [{"metrics": []}, {}]
        return [{"cookie": []}, {"bearer": []}] if self.operation.needs_session else []

    def get_override_parameters(self) -> list[Any]:
        return [self.operation.query] if self.operation.query else []

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_request_serializer(self) -> type[Body] | None:
        return self.operation.body if self.operation.takes_body else None

    def get_response_serializers(self) -> Any:  # noqa: ANN401 - what spectacular takes is wider than its types
        media_type = self.operation.media_type
        return {(status, media_type): _answer(shape) for status, shape in self.operation.answers.items()}

    def get_serializer_name(self, serializer: BaseSerializer[Any], direction: Direction) -> str:  # noqa: ARG002
        return type(serializer).__name__.removesuffix("Object")

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        described = super().get_operation(*args, **kwargs)
        if described:
            described["responses"] |= _refusals(self)
        return described


def _answer(shape: type[BaseSerializer[Any]] | None) -> OpenApiResponse:
    if shape is PlainText:
        return OpenApiResponse(OpenApiTypes.STR, description="Done.")
    return OpenApiResponse(shape, description="Done." if shape else "Done; no content.")


def _limits(operation: Operation) -> Iterator[str]:
    if operation.limit:
        yield f"Limit: {_rates(operation.limit)} by client address."
    if operation.limit and (operation.limit.account or operation.limit.account_client):
        yield "There are limits by account too."
    if operation.failure_limit:
        yield f"Limit for what fails: {_rates(operation.failure_limit)} by client address."


def _rates(rule: Rule) -> str:
    allowance = rule.client(DEFAULTS)
    if not isinstance(allowance, Windows):
        raise TypeError(f"{rule.name} has no rates to write down.")
    return " and ".join(f"{window.times} a {UNITS[window.seconds]}" for window in allowance.windows)


def _refusals(schema: Schema) -> dict[str, Any]:
    by_status: dict[int, list[type[AuthError]]] = {}
    for kind in dict.fromkeys([*_general(schema), *schema.operation.refusals]):
        by_status.setdefault(problems.STATUSES[kind.kind], []).append(kind)
    return {str(status): _reference(*kinds) for status, kinds in sorted(by_status.items())}


def _general(schema: Schema) -> Iterator[type[AuthError]]:
    """Return what follows from the rules for every endpoint, in the order in which they are checked."""
    operation = schema.operation
    if not cast("Endpoint", schema.view).answers_any_host:
        yield errors.UnknownHostError
    yield from (errors.RequestTimeoutError, errors.PayloadTooLargeError, errors.UnsupportedMediaTypeError)
    if schema.method not in cross_site.SAFE_METHODS:
        yield errors.CrossSiteRequestError
    if operation.limit or operation.failure_limit:
        yield errors.RateLimitedError
    yield from (errors.MalformedBodyError, errors.InvalidFieldsError)
    if operation.needs_session:
        yield from (errors.SessionMissingError, errors.SessionInvalidError)
        yield from (errors.SessionExpiredError, errors.SessionRevokedError)
    if operation.role:
        yield errors.ForbiddenError
    if operation.fresh:
        yield errors.ReauthenticationRequiredError
    yield from (errors.InternalError, errors.UnavailableError)


def _reference(*kinds: type[AuthError]) -> dict[str, Any]:
    """Return the answer that these errors share; one that has its status to itself is among the components."""
    return _response(kinds) if len(kinds) > 1 else {"$ref": f"#/components/responses/{kinds[0].code}"}


def _response(kinds: Sequence[type[AuthError]]) -> dict[str, Any]:
    codes = {"properties": {"code": {"enum": [kind.code for kind in kinds]}}}
    problem = {"allOf": [{"$ref": "#/components/schemas/Problem"}, codes]}
    response: dict[str, Any] = {
        "description": "\n".join(f"- `{kind.code}`: {kind.message}" for kind in kinds),
        "content": {problems.CONTENT_TYPE: {"schema": problem}},
    }
    header = _HEADERS.get(problems.STATUSES[kinds[0].kind])
    if header:
        response["headers"] = {header: {"schema": {"type": "string"}}}
    return response


_HEADERS: Mapping[int, str] = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}


def _shared_responses(paths: object) -> dict[str, Any]:
    """Return the components that the paths refer to."""
    referred = re.findall(r"#/components/responses/(\w+)", json.dumps(paths))
    kinds = {code: catalogue.kinds()[code] for code in sorted(set(referred))}
    return {code: _response([kind]) for code, kind in kinds.items()}


def _polished(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the document without spectacular's own marks, and with docstrings' code as Markdown has it."""
    if isinstance(node, dict):
        return {key: _polished(value) for key, value in node.items() if key != "x-spec-enum-id"}
    if isinstance(node, list):
        return [_polished(value) for value in node]
    return node.replace("``", "`") if isinstance(node, str) else node


def build() -> str:
    """Return the document as the file holds it."""
    Endpoint.schema = Schema()
    with patched_settings(SETTINGS):
        generator = SchemaGenerator(urlconf="user_auth.urls")  # type: ignore[no-untyped-call]
        document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    document["components"]["responses"] = _shared_responses(document["paths"])
    return json.dumps(_polished(document), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    built = build()
    if "--check" not in sys.argv:
        openapi.FILE.write_text(built, encoding="utf-8")
        return 0
    if openapi.FILE.exists() and openapi.FILE.read_text(encoding="utf-8") == built:
        return 0
    print(f"{openapi.FILE.name} is not what the code gives; run `make openapi`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

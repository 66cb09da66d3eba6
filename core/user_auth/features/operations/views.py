"""``GET /healthz``, ``/readyz``, ``/metrics``, ``/openapi.json``, ``/docs``, ``/docs/errors/…`` and the key set."""

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from rest_framework import serializers
from rest_framework.response import Response

from user_auth import metrics, sessions
from user_auth.features.operations import catalogue, openapi, scrape, service
from user_auth.foundation.errors import NotFoundError, SessionInvalidError, SessionMissingError, UnavailableError
from user_auth.sessions import keys
from user_auth.web import rendering
from user_auth.web.answers import PlainText
from user_auth.web.endpoint import Call, Endpoint, operation

READY_AGAIN_SECONDS = 2
# Whoever verifies tokens asks again for a key that is new to them; this is how long a dropped one is still believed.
KEYS_HOLD_SECONDS = 300


class StatusAnswer(serializers.Serializer[object]):
    status = serializers.ChoiceField(choices=["ok"])


class ReadinessAnswer(StatusAnswer):
    session_cache = serializers.ChoiceField(
        choices=["on", "off", "no_change_stream", "change_stream_lost"],
        help_text="Whether checks of sessions may be answered from memory, or why each of them reads the database.",
    )


class KeyObject(serializers.Serializer[object]):
    """A public key (RFC 7517)."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    y = serializers.CharField(required=False)
    kid = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()


class KeySetAnswer(serializers.Serializer[object]):
    keys = KeyObject(many=True)


class DocumentAnswer(serializers.Serializer[object]):
    openapi = serializers.CharField()


class HealthView(Endpoint):
    answers_any_host = True

    @operation(
        summary="Is the process alive?", description="Asks nothing of the database.", answers={200: StatusAnswer}
    )
    def get(self, _call: Call) -> Response:
        return Response({"status": "ok"})


class ReadinessView(Endpoint):
    answers_any_host = True

    @operation(
        summary="Can the service work?",
        description="Whether the database, its indexes and the mail queue can be used. Mail going out is not asked for.",
        answers={200: ReadinessAnswer},
    )
    def get(self, _call: Call) -> Response:
        failing = service.failing()
        if failing:
            raise UnavailableError(f"Not usable now: {', '.join(failing)}.", retry_after=READY_AGAIN_SECONDS)
        return Response({"status": "ok", "session_cache": sessions.cache_state()})


class MetricsView(Endpoint):
    @operation(
        summary="The metrics",
        description="For Prometheus. The token is `METRICS_TOKEN`; in local mode this machine needs none.",
        answers={200: PlainText},
        media_type="text/plain",
        own_token=True,
        refusals=(SessionMissingError, SessionInvalidError),
    )
    def get(self, call: Call) -> HttpResponse:
        scrape.require_access(call.request)
        return HttpResponse(scrape.text(), content_type=metrics.CONTENT_TYPE)


class OpenApiView(Endpoint):
    @operation(summary="This document", answers={200: DocumentAnswer})
    def get(self, _call: Call) -> Response:
        return Response(openapi.document())


class KeySetView(Endpoint):
    @operation(
        summary="The public keys",
        description="For others to verify tokens with. With HS256, whose key is secret, there are none.",
        answers={200: KeySetAnswer},
    )
    def get(self, _call: Call) -> Response:
        caching = {"Cache-Control": f"public, max-age={KEYS_HOLD_SECONDS}"}
        return Response(keys.keyring().public_jwks(), headers=caching)


class DocsView(Endpoint):
    @operation(summary="The interactive page of this document", is_documented=False)
    def get(self, call: Call) -> HttpResponse:
        return rendering.page(call.request, "docs")


class ErrorPageView(Endpoint):
    @operation(summary="What an error means", is_documented=False)
    def get(self, call: Call, code: str) -> HttpResponse:
        entry = catalogue.entries().get(code)
        if entry is None:
            raise NotFoundError
        text = {"meaning": _with_code(entry.meaning), "advice": _with_code(entry.advice)}
        return rendering.page(call.request, "error", {"entry": entry, **text})


def _with_code(text: str) -> str:
    """Return text as HTML, what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if i % 2 else part,) for i, part in parts))

"""The kit's own endpoints, on a service without limits."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

Ask = Callable[..., Any]


@pytest.fixture
def _endpoints(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.web.endpoints"
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "off"}


@pytest.fixture(params=["service", "embedded"])
def ask(request: pytest.FixtureRequest, settings: Any, _endpoints: None) -> Ask:
    """Send a request, once with the service's middleware and once with none, as in a host project."""
    if request.param == "embedded":
        settings.MIDDLEWARE = []
    return send


@pytest.fixture
def ask_service(_endpoints: None) -> Ask:
    """Send a request through the service's middleware."""
    return send


@pytest.fixture
def ask_embedded(settings: Any, _endpoints: None) -> Ask:
    """Send a request to endpoints that have no middleware around them."""
    settings.MIDDLEWARE = []
    return send


def send(
    method: str, path: str, body: Any = None, *, raw: bytes = b"", media_type: str = "application/json", **environ: Any
) -> Any:
    client = Client(raise_request_exception=False)
    data = raw if body is None else json.dumps(body).encode()
    return client.generic(method, path, data=data, content_type=media_type, **environ)

"""A host project may run under ASGI."""

import asyncio
from typing import Any

import pytest
from django.test import AsyncClient


@pytest.fixture(autouse=True)
def _endpoints(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.web.endpoints"
    settings.MIDDLEWARE = []


def ask(raw: bytes, **options: Any) -> Any:
    async def send() -> Any:
        client = AsyncClient(raise_request_exception=False)
        return await client.generic("POST", "/echo", data=raw, content_type="application/json", **options)

    return asyncio.run(send())


def test_a_body_is_read_where_there_is_no_wsgi_input() -> None:
    """And held to the same limit."""
    assert ask(b'{"text":"x"}').json() == {"text": "x"}
    assert ask(b"x" * 20000).json()["code"] == "payload_too_large"


def test_foreign_sites_are_refused_there_too() -> None:
    """The checks are the same."""
    foreign = ask(b'{"text":"x"}', headers={"origin": "https://evil.example"})
    assert foreign.json()["code"] == "cross_site_request"
    assert foreign.headers["Cache-Control"] == "no-store"

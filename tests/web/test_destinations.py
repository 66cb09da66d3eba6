"""Where people may be sent on to."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import RequestFactory

from user_auth.web import destinations

APP = "https://app.example.com"


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.USER_AUTH = {**settings.USER_AUTH, "TRUSTED_ORIGINS": f"{APP},http://localhost:3000"}


def wanted(url: str) -> str:
    return destinations.wanted(RequestFactory().get(f"/login?next={quote(url, safe='')}"))


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/account",
        "/a/b?c=d&e=//f#g",
        "/%2f%2fevil.example",
        APP,
        f"{APP}/x?y=z#w",
        "HTTPS://APP.example.com/",
        "http://localhost:3000/",
    ],
)
def test_own_paths_and_trusted_applications_are_gone_on_to(url: str) -> None:
    """As they were given."""
    assert wanted(url) == url


@pytest.mark.asvs("1.2.2", "3.7.2")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        f"{APP}.evil.example/",
        f"{APP}@evil.example/",
        f"{APP}:8443/",
        f"{APP}\\.evil.example/",
        "https://evil.example\\@app.example.com/",
        "https://user@app.example.com/",
        "http://app.example.com/",
        "https://[app.example.com/",
        "/" + "a" * 3000,
        "/\u202e",
        "/\x00",
    ],
)
def test_nobody_is_sent_anywhere_else(url: str) -> None:
    """However browsers read it."""
    assert wanted(url) == ""

"""Who gets a page, and who the API."""

import pytest
from django.test import RequestFactory

from user_auth.web import negotiation

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept", [CHROME, "text/html", "text/*", "TEXT/HTML;q=0.4, */*;q=0.3", "application/json;q=0, */*"]
)
def test_a_browser_gets_the_page(accept: str) -> None:
    """It ranks HTML above JSON."""
    assert negotiation.wants_page(RequestFactory().get("/login", headers={"Accept": accept}))
    assert negotiation.wants_page(RequestFactory().head("/login", headers={"Accept": accept}))


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/html",
        "text/html, application/json",
        "text/html;q=0.5, application/json",
        "text/html;q=0.5, */*",
        "text/html;q=0",
        "text/html;q=nan",
        "text/html;q=1e999",
        "text/html;q=x",
        ";;,,q=",
        "text/html/x",
    ],
)
def test_everybody_else_gets_the_api(accept: str) -> None:
    """Also who wants both alike, and who says what makes no sense."""
    assert not negotiation.wants_page(RequestFactory().get("/login", headers={"Accept": accept}))


def test_a_token_in_the_header_is_no_browsers() -> None:
    """Nor is a request that would change something."""
    factory = RequestFactory()
    assert not negotiation.wants_page(factory.get("/account", headers={"Accept": CHROME, "Authorization": "Bearer x"}))
    assert not negotiation.wants_page(factory.post("/login", headers={"Accept": CHROME}))
    assert not negotiation.wants_page(factory.options("/login", headers={"Accept": CHROME}))

"""A service with looks, limits and applications of its own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.person import Person
from tests.harness.client import Client
from tests.harness.service import Service, shared_service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(120),
    pytest.mark.parametrize("screen", [DESKTOP], indirect=True, ids=["desktop"]),
]

LOGO = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI4IiBoZWlnaHQ9IjgiLz4="
APP = "http://app.example.com"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = {
        "SERVICE_NAME": "Bloom & Co",
        "ACCENT_COLOR": "#0f766e",
        "LOGO_URL": LOGO,
        "TRUSTED_ORIGINS": APP,
        "RATE_LIMITS": "on",
        "LIMIT_SIGNUP_ACCOUNT_CLIENT": "1/hour",
    }
    with shared_service(tmp_path_factory.mktemp("own"), env=settings) as service:
        yield service


def test_a_service_looks_like_itself(person: Person) -> None:
    """Its name, its logo, its color."""
    person.visit("/login")
    expect(person.page).to_have_title("Log in · Bloom & Co")
    expect(person.page.locator(".brand img")).to_have_attribute("src", LOGO)
    expect(person.page.get_by_role("button", name="Log in")).to_have_css("background-color", "rgb(15, 118, 110)")
    person.shot("own-looks")


def test_people_are_sent_on_to_a_trusted_application(person: Person) -> None:
    """And to no other."""
    person.page.route(f"{APP}/**", lambda route: route.fulfill(body="The application"))
    person.visit(f"/signup?next={APP}/start%3Fa%3D1")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.press("Sign up")
    person.type("Code from the mail", person.code("Your code for"))
    person.page.wait_for_url(f"{APP}/start?a=1")
    for stranger in (
        "http://evil.example",
        "//evil.example",
        "/\\evil.example",
        f"{APP}.evil.example",
        "javascript:alert(1)",
    ):
        person.visit(f"/login?next={stranger}")
        assert person.page.locator("#login").get_attribute("data-done") == "/account"


def test_too_many_tries_are_told_with_the_time_to_wait(person: Person) -> None:
    """What was typed as an address stays."""
    Client(person.service.base_url).sign_up(person.email)
    person.visit("/signup")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.press("Sign up")
    person.sees("Too many tries. You can try again in")
    expect(person.page.get_by_role("timer")).to_have_text(re.compile(r"^(1:00|59|58):\d\d$"))
    expect(person.field("Email address")).to_have_value(person.email)
    person.shot("too-many-tries")

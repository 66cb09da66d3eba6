"""What a page says of a password while it is typed is what the API says of it when it is sent."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.harness.service import Service
from user_auth.crypto import policy

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(60)]

EMAIL = "ada.lovelace+news@mail.example.com"
NAME = "Django JWT Auth"
LEAST = 8
PASSWORDS = [
    "",
    "short",
    "1234567",
    "violet otter parade 7",
    "a" * 128,
    "a" * 129,
    "\U0001f600" * 7,
    "\U0001f600" * 8,
    "e\u0301" * 7,
    "e\u0301" * 8,
    "ada.lovelace1",
    "Ada-Lovelace 1815",
    "ADA.LOVELACE+NEWS",
    "ada.lovelace+news@mail.example.com",
    "djangojwtauth",
    "Django JWT Auth!!!",
    "d1j2a3n4g5o6jwtauth",
    "example.com 99",
    "mail.example.com",
    "(example)123",
    "lovelace ada 1",
    "examples of mail",
    "12345678901",
    "ada.lovelacex",
    "\u00a0ada.lovelace\u00a0\u2160",
    "strasse" * 2,
    "STRA\u00dfE" * 2,
]
WEAKNESSES = """async ([url, passwords, options]) => {
    const { weakness } = await import(url);
    return passwords.map((password) => weakness(password, options));
}"""


@pytest.mark.parametrize("email", [EMAIL, "1815@example.com", "stra\u00dfe@example.com", "x@y.example"])
def test_page_and_api_judge_alike(service: Service, page: Page, email: str) -> None:
    """By the same rules, which the page gets as data; only which passwords are common it cannot know."""
    page.goto(f"{service.base_url}/signup")
    rules: dict[str, Any] = json.loads(page.locator("[data-rules]").get_attribute("data-rules") or "")
    url = f"{service.base_url}/static/user_auth/kit/password.js"
    judged = page.evaluate(WEAKNESSES, [url, PASSWORDS, {"rules": rules, "email": email}])
    assert dict(zip(PASSWORDS, judged, strict=True)) == {each: first_problem(each, email) for each in PASSWORDS}


def first_problem(password: str, email: str) -> str:
    found = policy.problems(
        password, email=email, service_name=NAME, min_length=LEAST, is_common=lambda _password: False
    )
    return found[0].code if found else ""

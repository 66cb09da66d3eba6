"""The mailbox page in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.harness.service import Service, running_service
from tests.mails import code_in

pytestmark = pytest.mark.browser


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running_service(tmp_path) as running:
        yield running


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    """The mailbox, open; what the browser complains about fails the test."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        opened = browser.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("requestfailed", lambda request: complaints.append(request.url))
        opened.goto(f"{service.base_url}/mailbox")
        yield opened
        browser.close()
    assert complaints == []


def sign_up(page: Page, service: Service, email: str) -> None:
    body = {"email": email, "password": "a long and unusual password"}
    assert page.request.post(f"{service.base_url}/signup", data=body).status == 202


def test_a_code_appears_on_the_open_page(page: Page, service: Service) -> None:
    """The newest on top, without a reload; those already there stay. The HTML of the mail shows the same code."""
    expect(page.locator(".empty")).to_be_visible()
    sign_up(page, service, "ada@example.com")
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator(".empty")).to_have_count(0)
    sign_up(page, service, "bob@example.com")
    expect(page.locator("article")).to_have_count(2)
    newest = page.locator("article").first
    expect(newest).to_contain_text("bob@example.com")
    code = code_in(newest.locator("pre").inner_text())
    newest.locator("summary").click()
    expect(newest.frame_locator("iframe").locator(".code")).to_have_text(code)

"""The page of the API in a real Chromium, under the policy that it is served with."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.harness.service import Service, shared_service

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shared_service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.asvs("14.2.3")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_page_shows_the_document_and_can_call_the_service(service: Service, page: Page, host: str) -> None:
    """By each of this machine's names, with no complaint of the browser's and no request to anywhere else."""
    origin = f"http://{host}:{service.port}"
    complaints: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{origin}/docs")
    page.locator("#operations-operations-get_healthz .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    expect(page.locator(".live-responses-table .response .response-col_status")).to_contain_text("200")
    assert complaints == []
    assert {url for url in requested if not url.startswith((f"{origin}/", "data:"))} == set()

"""The pages of local mode, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.attacks.inside import records_of
from tests.harness.client import Client
from tests.harness.service import Service
from tests.mails import code_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def _empty_mailbox(service: Service) -> None:
    with records_of(service) as client:
        client["user_auth"].mailbox.delete_many({})


@pytest.mark.usefixtures("_empty_mailbox")
def test_a_code_appears_on_the_open_page(service: Service, page: Page, complaints: list[str]) -> None:
    """The newest on top, without a reload; those already there stay. The HTML of the mail shows the same code."""
    client = Client(service.base_url)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{service.base_url}/mailbox")
    expect(page.locator(".empty")).to_be_visible()
    client.sign_up("ada.lovelace@example.com")
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator(".empty")).to_have_count(0)
    client.sign_up("bob@example.com")
    expect(page.locator("article")).to_have_count(2)
    newest = page.locator("article").first
    expect(newest).to_contain_text("bob@example.com")
    code = code_in(newest.locator("pre").inner_text())
    newest.locator("summary").click()
    expect(newest.frame_locator("iframe").locator(".code")).to_have_text(code)
    assert complaints == []


def test_a_sign_up_is_finished_with_the_mailbox_page(service: Service, page: Page, complaints: list[str]) -> None:
    """The newest mail is on top; its code, copied from the page, makes the account."""
    client = Client(service.base_url)
    client.sign_up("grace@example.com")
    verification_id = client.sign_up("ada@example.com")
    page.goto(f"{service.base_url}/mailbox")
    letter = page.locator("article", has_text="ada@example.com").first
    expect(letter).to_be_visible()
    answer = client.post("/verify-otp", {"verification_id": verification_id, "otp": code_in(letter.inner_text())})
    assert answer.status_code == 200
    assert complaints == []


def test_a_mails_html_is_shown_and_can_do_nothing(service: Service, page: Page, complaints: list[str]) -> None:
    """It is in a frame without rights: no scripts, no forms, no origin."""
    Client(service.base_url).sign_up("joan@example.com")
    page.goto(f"{service.base_url}/mailbox")
    letter = page.locator("article", has_text="joan@example.com").first
    frame = letter.locator("iframe")
    if not frame.is_visible():
        letter.locator("summary").first.click()
    expect(frame).to_be_visible()
    assert frame.get_attribute("sandbox") == ""
    expect(frame.content_frame.locator("body")).to_contain_text("code")
    assert complaints == []


def test_the_api_can_be_tried_in_its_docs(service: Service, page: Page, complaints: list[str]) -> None:
    """Swagger UI loads under the strict policy, with nothing from another host, and sends a request."""
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((service.base_url, "data:", "blob:")) else elsewhere.append(request.url)
        ),
    )
    page.goto(f"{service.base_url}/docs")
    operation = page.locator(".opblock", has_text="/verify-session")
    operation.locator(".opblock-summary").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".responses-table.live-responses-table")).to_contain_text("session_missing")
    assert elsewhere == []
    # The refusal itself is noted by the browser; what its policy blocks would be, too.
    assert [text for text in complaints if "401" not in text] == []


@pytest.mark.asvs("14.2.3")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_docs_work_by_each_of_this_machines_names(
    service: Service, page: Page, complaints: list[str], host: str
) -> None:
    """With no complaint of the browser's and no request to anywhere else."""
    origin = f"http://{host}:{service.port}"
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{origin}/docs")
    page.locator("#operations-operations-get_healthz .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response .response-col_status")).to_contain_text("200")
    assert complaints == []
    assert {url for url in requested if not url.startswith((f"{origin}/", "data:"))} == set()


def test_an_error_has_its_page(service: Service, page: Page, complaints: list[str]) -> None:
    """The `type` of a refusal leads to what it means and what to do."""
    problem = Client(service.base_url).post("/verify-session").json()
    page.goto(problem["type"])
    expect(page.locator("body")).to_contain_text("session_missing")
    assert complaints == []

"""A real Chromium on a real service; without one these tests are skipped, and say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.person import Person, Screen
from tests.harness.service import Service, shared_service
from tests.harness.stepping import MODULE, Stepping

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP = Screen("desktop", 1280, 800, "light")
PHONE = Screen("phone", 390, 844, "dark")


# Not for the whole session: while Playwright runs, its loop is in the way of every other test that has one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: what pages look like and do was not tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="session")
def stepping(folder: Path) -> Stepping:
    """The service's clock."""
    return Stepping(folder)


@pytest.fixture(scope="session")
def service(folder: Path, stepping: Stepping) -> Iterator[Service]:
    """A service as `make run` has it: its mail stays in the mailbox page."""
    with shared_service(folder, settings_module=MODULE, env=stepping.env) as service:
        yield service


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about: errors of scripts, and what a policy has blocked."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = browser.new_page()
    _listen(page, complaints)
    yield page
    page.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=lambda screen: screen.name)
def screen(request: pytest.FixtureRequest) -> Screen:
    """A screen on a desk in light colors, one in the hand in dark ones."""
    shown: Screen = request.param
    return shown


@pytest.fixture
def context(browser: Browser, screen: Screen, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser that nobody has used before; each of its pages is listened to."""
    context = browser.new_context(**screen.options)
    context.on("page", lambda page: _listen(page, complaints))
    yield context
    context.close()


@pytest.fixture
def person(context: BrowserContext, service: Service, screen: Screen, complaints: list[str]) -> Iterator[Person]:
    """Somebody in front of the screen; in the end, the browser must not have complained of anything."""
    person = Person(context.new_page(), service, screen)
    yield person
    # The refusal of a request is an answer like another, which browsers note.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def _listen(page: Page, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

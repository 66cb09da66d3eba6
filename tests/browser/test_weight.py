"""How heavy the log-in page is, and that the picture in the README is what people see."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import DESKTOP
from tests.browser.person import SHOTS, Person, Screen
from tests.harness.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "pages.png"
HEAVIEST = 100_000
# Another machine has other fonts; another page has other shapes.
MOST_DIFFERENT = 0.06
COMPARE = """async (urls) => {
    const [one, other] = await Promise.all(urls.map(async (url) => createImageBitmap(await (await fetch(url)).blob())));
    if (one.width !== other.width || one.height !== other.height) return 1;
    const pixels = [one, other].map((image) => {
        const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
        pen.drawImage(image, 0, 0);
        return pen.getImageData(0, 0, image.width, image.height).data;
    });
    let different = 0;
    for (let at = 0; at < pixels[0].length; at += 4)
        if ([0, 1, 2].some((color) => Math.abs(pixels[0][at + color] - pixels[1][at + color]) > 48)) different += 1;
    return different / (one.width * one.height);
}"""


@pytest.fixture
def fresh(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def loaded(page: Page, url: str) -> dict[str, int]:
    """Return the bytes that a visit brings over the wire, by request; those answered from the cache are not in it."""
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 - it sets attributes on what it is given
    page.goto(url, wait_until="networkidle")
    expect(page.get_by_role("button", name="Log in")).to_be_enabled()
    sizes = {each.url: each.sizes() for each in finished if each.url.startswith("http")}
    return {url: size["responseHeadersSize"] + size["responseBodySize"] for url, size in sizes.items()}


def test_the_log_in_page_is_light(service: Service, fresh: BrowserContext) -> None:
    """Under 100 kB with all that it needs, and again nothing but itself."""
    page = fresh.new_page()
    first = loaded(page, f"{service.base_url}/login")
    page.close()
    again = loaded(fresh.new_page(), f"{service.base_url}/login")
    print(f"first load: {len(first)} requests, {sum(first.values())} bytes; again: {again}")
    assert sum(first.values()) < HEAVIEST
    assert len(first) <= 10
    over_the_wire = {url: size for url, size in again.items() if size > 0}
    assert sum(over_the_wire.values()) < sum(first.values()) / 3


def test_the_picture_of_the_readme_is_true(service: Service, browser: Browser) -> None:
    """It shows the pages as they are; if they have changed, take the new one from the artefacts of the run."""
    shots = [shot(service, browser, screen) for screen in (DESKTOP, Screen("dark", 400, 640, "dark"))]
    taken = compose(browser, shots)
    (SHOTS / PICTURE.name).write_bytes(taken)
    page = browser.new_page()
    urls = [f"data:image/png;base64,{base64.b64encode(each).decode()}" for each in (taken, PICTURE.read_bytes())]
    different = page.evaluate(COMPARE, urls)
    page.close()
    assert different < MOST_DIFFERENT


def shot(service: Service, browser: Browser, screen: Screen) -> bytes:
    """Return what somebody sees who has just come to sign up, or to their account on a small screen."""
    context = browser.new_context(**screen.options)
    person = Person(context.new_page(), service, screen)
    person.page.set_viewport_size({"width": 720 if screen.width > 500 else 400, "height": 640})
    if screen.scheme == "dark":
        person.email = "ada@example.org"
        person.sign_up()
    else:
        person.visit("/signup")
        person.type("Email address", "ada@example.org")
        person.type("Password", person.password)
        person.sees("Good password.")
    # A blinking caret is in one picture and not in the next.
    person.page.evaluate("document.activeElement.blur()")
    picture = person.page.screenshot()
    context.close()
    return picture


def compose(browser: Browser, shots: list[bytes]) -> bytes:
    """Put pictures side by side."""
    page = browser.new_page(viewport={"width": 1200, "height": 720})
    images = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(each).decode()}" style="border-radius:14px;display:block">'
        for each in shots
    )
    style = "margin:0;height:720px;display:flex;gap:32px;align-items:center;justify-content:center;background:#dfe4ee"
    page.set_content(f'<body style="{style}">{images}</body>')
    SHOTS.mkdir(exist_ok=True)
    picture = page.screenshot()
    page.close()
    return picture

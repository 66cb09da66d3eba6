"""The pages for all who use them: with a screen reader, with the keyboard alone, enlarged, in another language."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.person import Person, Screen
from tests.harness.service import Service, run_manage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]

OPEN = ("/login", "/signup", "/verify-otp", "/forgot-password", "/reset-password", "/mailbox", "/nothing")
INSIDE = ("/account", "/sessions", "/admin/users", "/admin/audit?event=", "/login")
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Those that another size or other colors can break.
RULES_OF_LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
UNFOLD = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
GERMAN = Screen("german", 390, 844, "light", "de-DE")


@pytest.fixture(scope="module")
def admin(browser: Browser, service: Service) -> Iterator[Person]:
    """Somebody with the role, signed in."""
    # Only axe, which is put into the page as text, is let past the policy here.
    context = browser.new_context(bypass_csp=True)
    person = Person(context.new_page(), service, DESKTOP)
    person.sign_up()
    granted = run_manage(
        service.data_dir.parent, "auth", "grant", person.email, "admin", env={"PORT": str(service.port)}
    )
    assert granted.returncode == 0, granted.stderr
    yield person
    context.close()


def findings(page: Page, rules: Sequence[str]) -> list[str]:
    """Return what axe finds: the rule, and where."""
    response = Axe().run(page, options={"runOnly": [*rules]}).response
    return [f"{each['id']}: {node['html'][:200]}" for each in response["violations"] for node in each["nodes"]]


@pytest.mark.parametrize(
    ("screen", "rules"), [(DESKTOP, EVERY_RULE), (PHONE, RULES_OF_LOOKS)], ids=["desktop", "phone"]
)
def test_axe_finds_nothing(admin: Person, screen: Screen, rules: Sequence[str]) -> None:
    """On any page, with all that is folded unfolded, in light and in dark colors, with errors shown and without."""
    page, base = admin.page, admin.service.base_url
    page.set_viewport_size({"width": screen.width, "height": screen.height})
    page.emulate_media(color_scheme=screen.scheme)
    found: dict[str, list[str]] = {}
    for path in (*OPEN, *INSIDE):
        page.goto(base + path)
        page.evaluate(UNFOLD)
        found[path] = findings(page, rules)
        submit = page.locator("form:has(.says) [type=submit]:visible")
        if submit.count() and path in ("/signup", "/account"):
            submit.first.click()
            found[f"{path}, incomplete"] = findings(page, rules)
    page.goto(f"{base}/admin/users")
    page.get_by_role("link", name=admin.email).first.click()
    expect(page.get_by_role("button", name="Disable")).to_be_enabled()
    found["/admin/users/id"] = findings(page, rules)
    assert {path: each for path, each in found.items() if each} == {}


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_nothing_has_to_be_scrolled_sideways(admin: Person) -> None:
    """At 320 pixels, which is also what a wide screen has left when everything is enlarged four times (WCAG 1.4.10)."""
    page = admin.page
    page.set_viewport_size({"width": 320, "height": 640})
    wide = []
    for path in (*OPEN, *INSIDE):
        page.goto(admin.service.base_url + path)
        page.evaluate(UNFOLD)
        if is_wider_than_the_screen(page):
            wide.append(path)
    assert wide == []


def test_nothing_moves_once_it_is_there(admin: Person) -> None:
    """Neither while a page loads, nor when a field has something to say."""
    page = admin.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((each) => (window.moved += each.value)))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )
    moved = {}
    for path in ("/login", "/signup", "/account", "/sessions"):
        page.goto(admin.service.base_url + path, wait_until="networkidle")
        moved[path] = page.evaluate("window.moved")
    assert {path: each for path, each in moved.items() if each > 0.01} == {}


@pytest.mark.asvs("6.2.6")
@pytest.mark.parametrize("screen", [DESKTOP], indirect=True, ids=["desktop"])
def test_the_keyboard_alone_will_do(person: Person) -> None:
    """The fields come in their order, a password can be shown and hidden, and Enter sends the form."""
    person.sign_up()
    person.page.context.clear_cookies()
    person.visit("/login")
    expect(person.page.get_by_role("button", name="Log in")).to_be_enabled()
    keyboard = person.page.keyboard
    expect(person.field("Email address")).to_be_focused()
    keyboard.type(person.email)
    keyboard.press("Tab")
    expect(person.field("Password")).to_be_focused()
    keyboard.type(person.password)
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(person.field("Password")).to_have_attribute("type", "text")
    keyboard.press("Space")
    expect(person.field("Password")).to_have_attribute("type", "password")
    keyboard.press("Tab")
    keyboard.press("Enter")
    person.arrives_at("/account")
    keyboard.press("Tab")
    expect(person.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(20):
        if person.page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
        keyboard.press("Tab")
    keyboard.press("Enter")
    keyboard.press("Tab")
    expect(person.field("Name")).to_be_focused()


@pytest.mark.parametrize("screen", [GERMAN], indirect=True, ids=["german"])
def test_the_pages_and_mails_speak_the_browsers_language(person: Person) -> None:
    """From the sign-up to the account; the mail that was asked for in German is German."""
    person.visit("/signup")
    assert person.page.locator("html").get_attribute("lang") == "de"
    person.type("E-Mail-Adresse", person.email)
    person.type("Passwort", "kurz")
    person.sees("Nimm mindestens 8 Zeichen.")
    person.type("Passwort", person.password)
    person.shot("sign-up")
    person.press("Registrieren")
    person.sees("Sieh in deine Mails")
    mail = person.mailed("Dein Code für")
    assert "Jemand, hoffentlich du, registriert sich" in mail
    assert re.search(r"Gerät: HeadlessChrome unter Linux", mail)
    person.type("Code aus der Mail", person.code("Dein Code für"))
    person.arrives_at("/account")
    person.sees("Dein Konto")
    person.shot("account")
    person.visit("/sessions")
    person.sees("Dieses Gerät")
    person.visit("/nichts")
    person.sees("Hier ist nichts")


def attributes(page: Page, selector: str) -> Callable[[str], str | None]:
    return page.locator(selector).get_attribute


@pytest.mark.asvs("6.2.7")
@pytest.mark.parametrize("screen", [DESKTOP], indirect=True, ids=["desktop"])
def test_password_managers_know_their_fields(person: Person) -> None:
    """By what the fields say of themselves; on a telephone the right keys come up."""
    person.visit("/login")
    assert attributes(person.page, "#email")("autocomplete") == "username"
    assert attributes(person.page, "#email")("inputmode") == "email"
    assert attributes(person.page, "#password")("autocomplete") == "current-password"
    person.visit("/signup")
    assert attributes(person.page, "#password")("autocomplete") == "new-password"
    person.visit("/verify-otp")
    assert attributes(person.page, "#verify-otp")("autocomplete") == "one-time-code"
    assert attributes(person.page, "#verify-otp")("inputmode") == "numeric"

"""Somebody who uses the pages, as one would: by what is written on them."""

import html
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page, expect

from tests.harness.client import PASSWORD, Client
from tests.harness.service import Service
from tests.harness.waiting import until
from tests.mails import code_in

# Kept as artefacts of a run, and looked at by people.
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
SECONDS = 20
LETTER = re.compile(
    r"<article.*?<h2>(?P<subject>.*?)</h2>.*?<strong>(?P<to>.*?)</strong>.*?<pre>(?P<text>.*?)</pre>", re.DOTALL
)
_numbers = count(1)

expect.set_options(timeout=SECONDS * 1000)


@dataclass(frozen=True)
class Screen:
    """What somebody looks at."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]
    language: str = "en-US"

    @property
    def options(self) -> dict[str, Any]:
        size = {"width": self.width, "height": self.height}
        return {"viewport": size, "color_scheme": self.scheme, "locale": self.language}


class Person:
    """One person with an address of their own, at one screen.

    Attributes:
        clicks: How often they have pressed something.
        typed: How many fields they have filled in.
    """

    def __init__(self, page: Page, service: Service, screen: Screen) -> None:
        self.page = page
        self.service = service
        self.screen = screen
        self.email = f"person{next(_numbers)}.{screen.name}@example.com"
        self.password = PASSWORD
        self.clicks = 0
        self.typed = 0
        page.set_default_timeout(SECONDS * 1000)

    def visit(self, path: str) -> None:
        self.page.goto(self.service.base_url + path)

    def type(self, label: str, text: str) -> None:
        """Fill in the field of a label."""
        self.field(label).fill(text)
        self.typed += 1

    def press(self, name: str) -> None:
        """Press the button, link or heading of a name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        button.or_(link).and_(self.page.locator(":visible")).first.click()
        self.clicks += 1

    def unfold(self, name: str) -> None:
        """Open the part of a page that a name heads."""
        self.page.locator("summary", has_text=name).click()
        self.clicks += 1

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True).and_(self.page.locator(":visible")).first

    def sees(self, text: str) -> None:
        """Wait until a text is on the page, where it can be seen."""
        expect(self.page.get_by_text(text).and_(self.page.locator(":visible")).first).to_be_visible()

    def arrives_at(self, path: str) -> None:
        """Wait until the address is that of a path."""
        self.page.wait_for_url(re.compile(re.escape(self.service.base_url + path) + r"(\?.*)?$"))

    def mailed(self, subject: str, *, mails: int = 1) -> str:
        """Return the text of the newest mail to this person with a subject, once so many are in the mailbox."""
        until(lambda: len(self._letters(subject)) >= mails, seconds=SECONDS)
        return self._letters(subject)[0]

    def _letters(self, subject: str) -> list[str]:
        page = Client(self.service.base_url).get("/mailbox", headers={"Accept": "text/html"}).text
        found = LETTER.finditer(page)
        return [
            html.unescape(each["text"]) for each in found if each["to"] == self.email and subject in each["subject"]
        ]

    def code(self, subject: str, *, mails: int = 1) -> str:
        return code_in(self.mailed(subject, mails=mails))

    def shot(self, name: str) -> None:
        """Keep what is on the screen."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.screen.name}.png", full_page=True)

    # ---- What several stories have in common

    def sign_up(self) -> None:
        """Come from nothing to a session."""
        self.visit("/signup")
        self.type("Email address", self.email)
        self.type("Password", self.password)
        self.press("Sign up")
        self.sees("Look into your mail")
        self.type("Code from the mail", self.code("Your code for"))
        self.arrives_at("/account")

    def log_in(self, password: str | None = None) -> None:
        self.type("Email address", self.email)
        self.type("Password", password or self.password)
        self.press("Log in")

"""What goes wrong between a person and a page: each is said, nothing typed is lost, nobody sees another's page."""

import re
from typing import Any

import pytest
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.browser.conftest import DESKTOP
from tests.browser.person import Person
from tests.harness.stepping import Stepping
from user_auth.foundation.errors import RateLimitedError
from user_auth.web import edge, problems

# Codes are good for five minutes.
TOO_LATE_SECONDS = 301

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(120),
    # A screen of another size changes nothing here.
    pytest.mark.parametrize("screen", [DESKTOP], indirect=True, ids=["desktop"]),
]


def ask_for_a_code(person: Person) -> None:
    """Sign up, up to the question for the code."""
    person.visit("/signup")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.press("Sign up")
    person.sees("Look into your mail")


def test_a_double_click_sends_one_request(person: Person, context: BrowserContext) -> None:
    """Also when the answer takes its time."""
    sent: list[str] = []
    context.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    person.visit("/signup")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.page.get_by_role("button", name="Sign up").dblclick()
    person.sees("Look into your mail")
    assert [url.removeprefix(person.service.base_url) for url in sent] == ["/signup"]


def test_a_reload_in_the_middle_loses_the_password_alone(person: Person) -> None:
    """The page of the code still knows whose it is; once the address is confirmed, the log-in page knows it too."""
    ask_for_a_code(person)
    person.page.reload()
    person.sees(person.email)
    person.type("Code from the mail", person.code("Your code for"))
    person.arrives_at("/login")
    person.sees("Your address is confirmed. You can log in now.")
    expect(person.field("Email address")).to_have_value(person.email)
    person.type("Password", person.password)
    person.press("Log in")
    person.arrives_at("/account")


def test_going_back_from_the_code_finds_all_that_was_typed(person: Person) -> None:
    """And going forth again the code is still awaited."""
    ask_for_a_code(person)
    person.page.go_back()
    expect(person.field("Email address")).to_have_value(person.email)
    person.page.go_forward()
    person.type("Code from the mail", person.code("Your code for"))
    person.arrives_at("/account")


def test_the_code_can_be_entered_in_another_tab(person: Person) -> None:
    """With the address it is for; the first tab can then no longer use it, and says so."""
    ask_for_a_code(person)
    code = person.code("Your code for")
    tab = Person(person.page.context.new_page(), person.service, person.screen)
    tab.visit("/verify-otp")
    tab.type("Email address", person.email)
    tab.type("Code from the mail", f" {code[:3]} {code[3:]} ")
    tab.arrives_at("/login")
    person.type("Code from the mail", code)
    person.sees("This code is wrong or no longer valid.")
    expect(person.field("Code from the mail")).to_have_value("")
    expect(person.field("Code from the mail")).to_be_focused()


def test_a_code_that_has_expired_is_replaced_by_another(person: Person, stepping: Stepping) -> None:
    """The page of the sign-up says so and offers one; with that, what was typed before signs in."""
    person.page.clock.install()
    ask_for_a_code(person)
    code = person.code("Your code for")
    with stepping.by(TOO_LATE_SECONDS):
        person.page.clock.fast_forward(TOO_LATE_SECONDS * 1000)
        person.type("Code from the mail", code)
        person.sees("This code is wrong or no longer valid. Check it, or ask for another one.")
        expect(person.field("Code from the mail")).to_have_value("")
        person.shot("code-expired")
        person.press("Send another code")
        person.type("Code from the mail", person.code("Your code for", mails=2))
        person.arrives_at("/account")
        person.sees(person.email)


def test_a_wrong_code_leaves_the_new_password_where_it_is(person: Person) -> None:
    """It was not judged; only the code has to be typed again."""
    person.visit("/forgot-password")
    person.type("Email address", person.email)
    person.press("Send the code")
    person.type("Code from the mail", "000000")
    person.type("New password", person.password)
    person.press("Set the password")
    person.sees("This code is wrong or no longer valid.")
    expect(person.field("New password")).to_have_value(person.password)


def test_a_lost_connection_keeps_what_was_typed(person: Person, context: BrowserContext) -> None:
    """It says so, and the same press works once the connection is back."""
    person.visit("/signup")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    context.set_offline(offline=True)
    person.press("Sign up")
    person.sees("The service cannot be reached. What you typed is still here")
    person.shot("no-connection")
    expect(person.field("Password")).to_have_value(person.password)
    context.set_offline(offline=False)
    person.press("Sign up")
    person.sees("Look into your mail")


def test_after_a_log_out_the_back_button_shows_nobodys_page(person: Person) -> None:
    """Neither from the browser's cache nor from the service."""
    person.sign_up()
    person.visit("/sessions")
    person.page.get_by_role("navigation").get_by_role("button", name="Log out").click()
    person.sees("You are signed out.")
    person.page.go_back()
    person.arrives_at("/login")
    expect(person.page.locator("body")).not_to_contain_text(person.email)


def test_a_tab_does_not_act_for_whoever_has_signed_in_in_another(person: Person, browser: Browser) -> None:
    """Once it is looked at again it shows the account that it would change."""
    stranger = Person(browser.new_page(), person.service, person.screen)
    stranger.sign_up()
    stranger.page.close()
    person.sign_up()
    tab = Person(person.page.context.new_page(), person.service, person.screen)
    tab.email = stranger.email
    tab.visit("/login")
    tab.log_in()
    tab.arrives_at("/account")
    # All pages of a browser without a screen count as seen.
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(person.page.locator("#shown-email")).to_have_text(stranger.email)


def test_a_browser_that_keeps_no_cookie_is_told(person: Person, context: BrowserContext) -> None:
    """Instead of going round between log-in and account."""
    person.sign_up()
    person.page.context.clear_cookies()

    def without_cookie(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "set-cookie"}
        # The fetch itself has filled the jar.
        context.clear_cookies()
        route.fulfill(response=answer, headers=headers)

    context.route(
        "**/login", lambda route: without_cookie(route) if route.request.method == "POST" else route.continue_()
    )
    person.visit("/login")
    person.log_in()
    person.sees("your browser did not keep the cookie")


def test_whoever_is_signed_in_already_is_told_so(person: Person) -> None:
    """And can go on, or sign in as somebody else."""
    person.sign_up()
    person.visit("/login?next=/sessions")
    person.sees("You are signed in")
    person.press("Continue")
    person.arrives_at("/sessions")


def test_what_is_missing_is_marked_before_anything_is_sent(person: Person, context: BrowserContext) -> None:
    """Beside its field, which has the focus and is named as invalid to those who cannot see it."""
    sent: list[Any] = []
    context.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    person.visit("/login")
    person.type("Email address", "ada")
    person.press("Log in")
    email = person.field("Email address")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("Enter an email address like name@example.com.")
    expect(person.field("Password")).to_have_accessible_description("Please fill this in.")
    assert sent == []
    person.shot("log-in-incomplete")


def test_what_only_the_api_knows_is_beside_its_field_too(person: Person) -> None:
    """A password that many people use."""
    person.visit("/signup")
    person.type("Email address", person.email)
    person.type("Password", "password123")
    person.press("Sign up")
    person.sees("Many people use this password")
    expect(person.field("Password")).to_be_focused()
    expect(person.field("Password")).to_have_value("password123")
    person.shot("sign-up-common")


def test_another_code_is_sent_once_the_time_has_come(person: Person) -> None:
    """Until then the button says how long that is."""
    person.visit("/forgot-password")
    person.type("Email address", person.email)
    person.press("Send the code")
    button = person.page.locator("[data-resend]")
    expect(button).to_have_text("Another code in 0:59")
    expect(button).to_have_attribute("aria-disabled", "true")
    person.page.clock.install()
    person.page.reload()
    person.page.clock.fast_forward(61_000)
    expect(button).to_have_text("Send another code")
    button.click()
    # Its own clock has not gone on, so the service says how long it really is.
    person.sees("Too many tries. You can try again in")


def test_a_page_that_is_not_there_is_a_page(person: Person) -> None:
    """With a way back, and the number under which it is in the log."""
    person.visit("/nothing")
    person.sees("There is nothing here")
    person.shot("not-found")
    person.press("Back to the beginning")
    person.arrives_at("/login")


def test_a_page_for_others_is_refused_with_a_page(person: Person) -> None:
    """By somebody who is signed in, but not an admin."""
    person.sign_up()
    person.visit("/admin/users")
    person.sees("This is not for you")
    person.shot("forbidden")


def test_a_page_that_asks_to_wait_counts_down(person: Person) -> None:
    """And then offers to try again. No page of ours is that busy, so the answer is made here, as the service makes it."""
    request = RequestFactory().get("/busy", headers={"Accept": "text/html"})
    answer = problems.answer(RateLimitedError(retry_after=3), request=request)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": edge.PAGE_POLICY}
    person.page.route("**/busy", lambda route: route.fulfill(status=429, body=answer.content, headers=headers))
    person.visit("/busy")
    person.sees("One moment, please")
    expect(person.page.get_by_role("timer")).to_have_text(re.compile(r"^0:0[123]$"))
    person.shot("too-many-requests")
    expect(person.page.locator("#wait")).to_be_hidden()
    expect(person.page.get_by_role("link", name="Try again")).to_have_attribute("aria-disabled", "false")

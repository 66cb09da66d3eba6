"""What people do with the pages, from the first visit to the last, on a desk and in the hand."""

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.harness.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]

NEW_PASSWORD = "amber walrus serenade 4"


def test_from_nothing_to_a_session_takes_two_fields_a_code_and_one_press(person: Person) -> None:
    """The code is sent as soon as its six digits are there, and what was typed before signs in."""
    person.visit("/")
    person.arrives_at("/login")
    person.press("Sign up")
    person.arrives_at("/signup")
    before = person.clicks
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.shot("sign-up")
    person.press("Sign up")
    person.sees("We sent a code of six digits to this address: ")
    person.shot("code")
    person.type("Code from the mail", person.code("Your code for"))
    person.arrives_at("/account")
    person.sees(person.email)
    assert (person.typed, person.clicks - before) == (3, 1)
    person.visit("/")
    person.arrives_at("/account")


@pytest.mark.asvs("7.4.4")
def test_an_account_is_lived_in(person: Person) -> None:
    """Renamed, seen in the list of sessions, taken out as a file; the password changed; logged out of, and in again."""
    person.sign_up()
    person.unfold("Name")
    person.type("Name", "Ada")
    person.press("Save")
    person.sees("Saved.")
    expect(person.page.locator("#shown-name")).to_have_text("Ada")
    person.shot("account")

    with person.page.expect_download() as download:
        person.press("Download")
    assert json.loads(download.value.path().read_text())["user"]["name"] == "Ada"

    person.unfold("Password")
    person.type("Current password", person.password)
    person.type("New password", NEW_PASSWORD)
    person.sees("Good password.")
    person.shot("account-password")
    person.press("Change the password")
    person.sees("Your password is changed.")
    assert "If it was not you" in person.mailed("Your password at")

    person.press("Sessions")
    person.sees("This device")
    person.shot("sessions")
    person.page.get_by_role("navigation").get_by_role("button", name="Log out").click()
    person.sees("You are signed out.")
    person.shot("log-in")
    person.log_in(NEW_PASSWORD)
    person.arrives_at("/account")
    expect(person.page.locator("#shown-name")).to_have_text("Ada")


def test_a_forgotten_password_is_set_anew_and_signs_in(person: Person) -> None:
    """With the code from the mail, on one page; the old password is good for nothing then."""
    person.sign_up()
    person.page.context.clear_cookies()
    person.visit("/login")
    person.press("Forgot your password?")
    person.type("Email address", person.email)
    person.press("Send the code")
    person.arrives_at("/reset-password")
    person.type("Code from the mail", person.code("for a new password"))
    expect(person.field("New password")).to_be_focused()
    person.type("New password", NEW_PASSWORD)
    person.shot("reset")
    person.press("Set the password")
    person.arrives_at("/account")
    person.page.context.clear_cookies()
    person.visit("/login")
    person.log_in()
    person.sees("The email address or the password is wrong.")
    expect(person.field("Email address")).to_have_value(person.email)
    expect(person.field("Password")).to_have_value("")
    expect(person.field("Password")).to_be_focused()
    person.shot("log-in-refused")


def test_an_address_is_changed_and_an_account_deleted(person: Person) -> None:
    """The new address works from its code on; nothing is left after the deletion, and the log-in page says so."""
    person.sign_up()
    person.unfold("Email address")
    person.type("New email address", f"new.{person.email}")
    person.type("Password", person.password)
    person.press("Send a code there")
    person.sees("We sent a code of six digits to this address:")
    person.email = f"new.{person.email}"
    person.shot("account-address")
    person.type("Code from the mail", person.code("Your code for a new address"))
    person.sees("Your address is changed.")
    expect(person.page.locator("#shown-email")).to_have_text(person.email)
    person.unfold("Delete the account")
    person.type("Password", "not this one")
    person.press("Delete the account for good")
    person.sees("The password is wrong.")
    person.type("Password", person.password)
    person.press("Delete the account for good")
    person.arrives_at("/login")
    person.sees("Your account and everything about it are deleted.")


def test_sessions_are_ended_one_by_one_and_together(person: Person, browser: Browser) -> None:
    """What is ended elsewhere is over there: the page of an ended session leads to the log-in, and back from it."""
    person.sign_up()
    for _ in range(2):
        assert Client(person.service.base_url).log_in(person.email).status_code == 200
    elsewhere = Person(browser.new_page(), person.service, person.screen)
    elsewhere.email = person.email
    elsewhere.visit("/login")
    elsewhere.log_in()
    elsewhere.arrives_at("/account")
    person.visit("/sessions")
    items = person.page.locator("#sessions li")
    expect(items).to_have_count(4)
    expect(items.first).to_contain_text("This device")
    person.shot("sessions-several")
    items.nth(1).get_by_role("button").click()
    person.sees("The session is ended.")
    expect(items).to_have_count(3)
    person.press("End all other sessions")
    person.sees("All other sessions are ended.")
    expect(items).to_have_count(1)

    elsewhere.unfold("Name")
    elsewhere.type("Name", "Eve")
    elsewhere.press("Save")
    elsewhere.arrives_at("/login")
    elsewhere.sees("Your session was ended. Please log in again.")
    elsewhere.log_in()
    elsewhere.arrives_at("/account")
    elsewhere.page.close()


def test_people_come_back_to_the_page_that_they_wanted(person: Person) -> None:
    """Through the log-in, and through the sign-up."""
    person.visit("/sessions")
    person.arrives_at("/login")
    person.press("Sign up")
    person.type("Email address", person.email)
    person.type("Password", person.password)
    person.press("Sign up")
    person.type("Code from the mail", person.code("Your code for"))
    person.arrives_at("/sessions")
    person.page.context.clear_cookies()
    person.visit("/account")
    person.arrives_at("/login")
    person.log_in()
    person.arrives_at("/account")

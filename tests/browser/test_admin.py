"""Looking after users, on the pages for the role."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect
from pymongo import MongoClient

from tests.browser.conftest import DESKTOP
from tests.browser.person import Person
from tests.harness.service import Service, run_manage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(120),
    pytest.mark.parametrize("screen", [DESKTOP], indirect=True, ids=["desktop"]),
]


@pytest.fixture
def other(browser: Browser, service: Service) -> Iterator[Person]:
    """Somebody who is signed in elsewhere."""
    context = browser.new_context()
    other = Person(context.new_page(), service, DESKTOP)
    other.sign_up()
    yield other
    context.close()


def grant(person: Person) -> None:
    """Give somebody the role, on the command line."""
    service = person.service
    granted = run_manage(
        service.data_dir.parent, "auth", "grant", person.email, "admin", env={"PORT": str(service.port)}
    )
    assert granted.returncode == 0, granted.stderr


def age_sign_ins(service: Service) -> None:
    """Have everybody's sign-in lie ten minutes back."""
    path = json.loads((service.data_dir / "mongo" / "owner.json").read_text(encoding="utf-8"))["socket"]
    with MongoClient[dict[str, Any]](f"mongodb://{quote(path, safe='')}/?directConnection=true") as database:
        earlier = {"$dateSubtract": {"startDate": "$authenticated_at", "unit": "minute", "amount": 10}}
        database["user_auth"]["sessions"].update_many({}, [{"$set": {"authenticated_at": earlier}}])


def test_a_user_is_found_disabled_and_enabled_again(person: Person, other: Person) -> None:
    """The sessions of the one concerned end at once; the audit has it; roles are given, and refused where they are none."""
    person.sign_up()
    grant(person)
    person.page.reload()
    person.press("Users")
    person.page.get_by_label("Address or id").fill(other.email[:9])
    person.press("Search")
    person.shot("admin-users")
    person.press(other.email)
    expect(person.page.locator("h1")).to_have_text(other.email)
    person.shot("admin-user")

    person.press("Disable")
    person.sees("The user cannot sign in.")
    other.page.reload()
    other.arrives_at("/login")
    person.press("Enable")
    person.sees("Disabling ends all sessions and keeps the user out.")

    person.page.get_by_label("Roles, with commas between them").fill("editor, Not A Role")
    person.press("Save the roles")
    person.sees("Enter roles as words of small letters")
    person.page.get_by_label("Roles, with commas between them").fill("editor, author")
    person.press("Save the roles")
    expect(person.page.locator("#roles-field")).to_have_value("author, editor")

    person.press("All of it")
    expect(person.page.locator("tbody")).to_contain_text("user_disabled")
    person.shot("admin-audit")


def test_an_old_sign_in_is_asked_for_the_password_in_between(person: Person, other: Person) -> None:
    """Then what was pressed is done."""
    person.sign_up()
    age_sign_ins(person.service)
    grant(person)
    person.visit(f"/admin/users?q={other.email}")
    person.press(other.email)
    person.press("Disable")
    person.sees("Your password, please")
    person.shot("admin-password")
    person.type("Password", "not this one")
    person.press("Go on")
    person.sees("The password is wrong.")
    person.type("Password", person.password)
    person.press("Go on")
    person.sees("The user cannot sign in.")

"""Lists of users and of what happened: found by the right things, and paged without gap or repetition."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from user_auth import accounts, audit
from user_auth.accounts import User
from user_auth.audit import Event
from user_auth.features.admin import paging, search, shown
from user_auth.features.admin.fields import Cursor, cursor
from user_auth.features.admin.paging import Page, Position
from user_auth.foundation.addresses import parse
from user_auth.foundation.errors import InvalidFieldsError
from user_auth.mongo import connection

pytestmark = pytest.mark.usefixtures("mongo")

_numbers = count()


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three to a page, so that a few users fill several."""
    monkeypatch.setattr(search, "SIZE", 3)


def make(email: str = "") -> User:
    address = parse(email or f"user.{next(_numbers)}@example.com")
    user = accounts.create(address, user_id=ObjectId(), name="", password_hash="-")
    assert user
    return user


def emails(text: str = "") -> list[str]:
    return [user.email for user in search.every(lambda after: search.users(text, after=after))]


# ---- By what users are found


def test_without_a_question_everybody_is_listed_newest_first() -> None:
    """White space asks nothing."""
    made = [make().email for _ in range(8)]
    assert emails() == made[::-1]
    assert emails("  ") == made[::-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada", ["ada.b@example.com", "ada@example.com", "Ada@example.org"]),
        ("ADA@", ["ada@example.com", "Ada@example.org"]),
        (" ada@example.com ", ["ada@example.com"]),
        ("ada@example.co", ["ada@example.com"]),
        ("Ada@EXAMPLE.ORG", ["Ada@example.org"]),
        ("b@straße.de", ["b@straße.de"]),
        ("b@xn--", ["b@straße.de"]),
        ("da@", []),
        ("example.com", []),
        ("eve", []),
    ],
)
def test_users_are_found_by_the_beginning_of_the_address(text: str, found: list[str]) -> None:
    """In any case, sorted by the address as addresses are compared."""
    for email in ("ada@example.com", "Ada@example.org", "ada.b@example.com", "bob@example.com", "b@straße.de"):
        make(email)
    assert emails(text) == found


def test_a_user_is_found_by_id() -> None:
    """An address that begins like an id is found too."""
    user = make()
    make()
    assert emails(str(user.id)) == [user.email]
    like_an_id = make(f"{ObjectId()}@example.com")
    assert emails(like_an_id.email.partition("@")[0]) == [like_an_id.email]
    assert emails(str(ObjectId())) == []


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize(
    "text",
    [".*", "^", "$", "[a-z]", "a|b", "(", "\\", "a+", "{$ne: null}", "$where", "a\0", "\0", "\x7f", "é", "\uffff"],
)
def test_nothing_in_a_question_is_a_pattern_or_a_command(text: str) -> None:
    """It is compared as it is, and nobody's address begins so."""
    make("ada@example.com")
    make("bob@example.com")
    assert emails(text) == []


def test_what_addresses_may_hold_is_found_as_it_is() -> None:
    """Signs that would mean something in a pattern."""
    for email in ("a.da@example.com", "axda@example.com", "a+b@example.com", "a*b@example.com", "a|b@example.com"):
        make(email)
    assert emails("a.") == ["a.da@example.com"]
    assert emails("a+") == ["a+b@example.com"]
    assert emails("a*") == ["a*b@example.com"]
    assert emails("a|") == ["a|b@example.com"]


@tried(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=254))
def test_any_text_is_a_question(text: str) -> None:
    """And is answered."""
    assert emails(text) == []


def test_who_is_being_deleted_is_not_found() -> None:
    """By nothing."""
    user = make("ada@example.com")
    assert accounts.begin_deletion(user, reason="account_deleted")
    assert emails() == emails("ada") == emails(str(user.id)) == []
    assert search.find("ada@example.com") is None
    assert search.find(str(user.id)) is None


@pytest.mark.parametrize("text", ["Ada@example.com", " ada@EXAMPLE.com "])
def test_one_user_is_found_by_the_whole_address(text: str) -> None:
    """Or the id; by less nobody is."""
    user = make("ada@example.com")
    assert search.find(text) == user
    assert search.find(str(user.id)) == user
    assert search.find("ada") is None
    assert search.find("") is None


# ---- Pages


def walk(page_after: Callable[[Position | None], Page[Any]], *, meanwhile: Callable[[], object]) -> list[Any]:
    """Read page after page, each cursor written and read as over HTTP; something happens between them."""
    page = page_after(None)
    seen = [*page.items]
    while page.end:
        meanwhile()
        page = page_after(Cursor().read(cursor(page.end) or ""))
        seen += page.items
    return seen


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 6, 7])
def test_pages_are_full_and_the_last_one_says_so(number: int) -> None:
    """A page that just fills has none after it."""
    for _ in range(number):
        make()
    page = search.users()
    assert len(page.items) == min(number, 3)
    assert (page.end is None) == (number <= 3)
    assert len(walk(lambda after: search.users(after=after), meanwhile=lambda: None)) == number


@pytest.mark.parametrize("text", ["", "user."])
def test_paging_stays_right_while_users_are_added(text: str) -> None:
    """Who was there at the beginning is seen once; nobody is seen twice."""
    made = {make().id for _ in range(10)}
    seen = [user.id for user in walk(lambda after: search.users(text, after=after), meanwhile=make)]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


@pytest.mark.parametrize("text", ["", "user."])
def test_paging_stays_right_while_users_go(text: str) -> None:
    """The one at which a page ended too."""
    made = [make() for _ in range(10)]
    page = search.users(text)
    accounts.delete(page.items[-1])
    rest = walk(lambda after: search.users(text, after=after or page.end), meanwhile=lambda: None)
    assert {user.id for user in [*page.items, *rest]} == {user.id for user in made}


@pytest.mark.parametrize(
    "position",
    [
        (),
        ("",),
        ("x",),
        ("6b031d5a7a30 84405b6a3a6",),
        ("a", "b"),
        ("0" * 24, "x"),
        ("9" * 30, "0" * 24),
        ("-1", "0" * 24),
    ],
    ids=repr,
)
def test_a_cursor_of_another_list_is_refused(position: Position) -> None:
    """Where it cannot be one of this."""
    for questions in (
        lambda: search.users(after=position),
        lambda: search.events(after=position),
    ):
        if position:
            with pytest.raises(InvalidFieldsError):
                questions()
    if len(position) > 1:
        with pytest.raises(InvalidFieldsError):
            search.users("a", after=position)


def test_a_page_has_fifty() -> None:
    """Unless a test says otherwise."""
    assert paging.SIZE == 50


# ---- The audit


def test_what_happened_is_found_by_user_and_event() -> None:
    """The user by address or id; of an unknown one there is nothing."""
    ada, bob = make("ada@example.com"), make("bob@example.com")
    for user in (ada, bob, ada):
        for event in (Event.LOGIN_SUCCEEDED, Event.LOGGED_OUT):
            audit.record(event, outcome="success", caller=None, subject=accounts.pseudonym(user))

    def found(user: str = "", event: Event | None = None) -> list[tuple[str, str]]:
        records = search.every(lambda after: search.events(user, event=event, after=after))
        who = {accounts.pseudonym(ada): "ada", accounts.pseudonym(bob): "bob"}
        return [(who[record.subject or ""], record.event) for record in records]

    assert len(found()) == 6
    logged_out = ("ada", "authn_logout")
    assert found("Ada@example.com") == found(str(ada.id)) == [logged_out, ("ada", "authn_login_success")] * 2
    assert found("ada@example.com", Event.LOGGED_OUT) == [logged_out] * 2
    assert found(event=Event.LOGGED_OUT) == [logged_out, ("bob", "authn_logout"), logged_out]
    assert found("eve@example.com") == found("ada") == found(str(ObjectId())) == []


def test_paging_the_audit_stays_right_while_it_grows() -> None:
    """As with users."""

    def write() -> None:
        audit.record(Event.LOGGED_OUT, outcome="success", caller=None, subject=None)

    for _ in range(10):
        write()
    written = [record.id for record in audit.find(most=100)]
    seen = [record.id for record in walk(lambda after: search.events(after=after), meanwhile=write)]
    assert seen == written


# ---- What is shown, and what it costs


@pytest.mark.asvs("14.2.6")
def test_no_secret_is_shown() -> None:
    """The contract's fields of a user, whether they may sign in, and what the audit calls them."""
    user = make()
    told = shown.user(user)
    assert told.keys() == {
        "id",
        "email",
        "name",
        "email_verified",
        "roles",
        "second_factors",
        "created_at",
        "is_active",
        "audit_subject",
    }
    assert user.audit_salt not in repr(told)
    assert user.password_hash not in told.values()


@pytest.mark.parametrize(
    ("text", "after", "index"),
    [
        ("", None, "_id: 1"),
        ("", (str(ObjectId()),), "_id: 1"),
        ("user.1", None, "canonical_email: 1"),
        ("user.1", ("user.15@e.com",), "canonical_email: 1"),
    ],
    ids=["newest", "newest, next page", "by address", "by address, next page"],
)
def test_a_page_reads_little_more_than_itself(text: str, after: Position | None, index: str) -> None:
    """Along an index, of however many users; nothing is counted, sorted or passed over."""
    database = connection.database()
    database["users"].insert_many(
        [{"canonical_email": f"user.{number}@e.com", "email_digest": str(number)} for number in range(3000)]
    )
    database.command("profile", 2)
    try:
        search.users(text, after=after)
    finally:
        database.command("profile", 0)
    told = list(database["system.profile"].find({"ns": f"{database.name}.users"}))
    database.drop_collection("system.profile")
    assert [one["op"] for one in told] == ["query"]
    assert told[0]["docsExamined"] <= 4
    assert not told[0].get("hasSortStage", False)
    assert index in told[0]["planSummary"]

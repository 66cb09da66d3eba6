"""Accounts by the thousand: who is there stays as they are, and the rest go in."""

import pytest
from bson import ObjectId

from user_auth import accounts
from user_auth.accounts import User, bulk
from user_auth.accounts.bulk import Clash
from user_auth.foundation.addresses import parse

pytestmark = pytest.mark.usefixtures("mongo")


def draft(email: str, *, user_id: ObjectId | None = None, name: str = "") -> User:
    return accounts.draft(parse(email), user_id=user_id or ObjectId(), name=name, password_hash="!")


def names() -> dict[str, str]:
    return {user.email: user.name for user in User.objects}


def test_a_record_is_what_create_makes() -> None:
    """Field by field, but for what is each one's own."""
    one = accounts.create(parse("ada@example.com"), user_id=ObjectId(), name="Ada", password_hash="!")
    bulk.insert([draft("bob@example.com", name="Bob")])
    made = {user["email"]: user for user in User.objects.as_pymongo()}
    assert one
    assert made["ada@example.com"].keys() == made["bob@example.com"].keys()
    assert made["bob@example.com"]["audit_salt"] != made["ada@example.com"]["audit_salt"]


def test_who_is_there_already_is_left_alone() -> None:
    """However their address is written; the others go in, before and after them."""
    bulk.insert([draft("ada@example.com", name="first")])
    clashes = bulk.insert([draft(email, name="second") for email in ("eve@x.com", "ADA@example.com", "bob@x.com")])
    assert clashes == {1: Clash.ADDRESS}
    assert names() == {"ada@example.com": "first", "eve@x.com": "second", "bob@x.com": "second"}


def test_an_id_that_another_account_has_is_told_from_an_address() -> None:
    """Also when both are new in the same batch."""
    taken = ObjectId()
    bulk.insert([draft("ada@example.com", user_id=taken)])
    assert bulk.insert([draft("bob@example.com", user_id=taken), draft("eve@example.com")]) == {0: Clash.ID}
    assert bulk.insert([draft("ada@example.com", user_id=taken)]) == {0: Clash.ADDRESS}
    other = ObjectId()
    assert bulk.insert([draft("c@x.com", user_id=other), draft("d@x.com", user_id=other)]) == {1: Clash.ID}


def test_an_address_that_comes_meanwhile_is_a_clash_too() -> None:
    """The index decides, not the look before."""
    bulk.insert([draft("ada@example.com")])
    assert bulk._insert_new({7: draft("bob@example.com"), 9: draft("ada@example.com")}) == {9: Clash.ADDRESS}


def test_no_accounts_are_no_command() -> None:
    assert bulk.insert([]) == {}


def test_pages_hold_every_account_once() -> None:
    """In pages of any size."""
    bulk.insert([draft(f"user{number}@example.com") for number in range(25)])
    for size in (1, 5, 24, 25, 26):
        pages = list(bulk.pages(size=size))
        assert {len(page) for page in pages[:-1]} <= {size}
        assert sorted(user.email for page in pages for user in page) == sorted(names())

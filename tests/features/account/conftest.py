"""Somebody with an account."""

from collections.abc import Callable
from itertools import count

import pytest
from bson import ObjectId

from tests.features.account.steps import CALLER, PASSWORD
from user_auth import accounts, sessions
from user_auth.accounts import User, passwords
from user_auth.foundation.addresses import parse
from user_auth.sessions import Checked

_numbers = count()


@pytest.fixture
def make_user(mongo: None) -> Callable[..., User]:
    """Make accounts, each with an address of its own."""
    password_hash = passwords.hash_password(PASSWORD)

    def make(email: str = "", *, name: str = "Ada Lovelace") -> User:
        address = parse(email or f"ada.{next(_numbers)}@example.com")
        made = accounts.create(address, user_id=ObjectId(), name=name, password_hash=password_hash)
        assert made
        return made

    return make


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def checked(user: User) -> Checked:
    """A session of the user, as a request has it."""
    return sessions.check_anew(sessions.start(user, caller=CALLER, methods=["pwd"]).token)

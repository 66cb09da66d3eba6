"""People in bulk are as the service makes them."""

import pytest

from bench.fill import fill, indexes_last, token
from bench.records import Crowd, Row
from tests.harness.client import PASSWORD
from user_auth import accounts, sessions
from user_auth.accounts import User, passwords
from user_auth.foundation import addresses
from user_auth.foundation.caller import Caller
from user_auth.mongo import indexes
from user_auth.sessions import Session

pytestmark = pytest.mark.usefixtures("mongo")

HERE = Caller(ip="192.0.2.1", user_agent="a browser", request_id="r")


def fill_with(crowd: Crowd, *, count: int) -> list[Row]:
    """Store so many people with a session each, and return these."""
    fill(User._get_collection(), crowd.user, first=0, count=count)
    fill(Session._get_collection(), lambda number: crowd.session(number, of=number), first=0, count=count)
    return [crowd.session(number, of=number) for number in range(count)]


def test_their_tokens_are_good() -> None:
    """Each is the token of its own user."""
    crowd = Crowd()
    rows = fill_with(crowd, count=3)
    found = [sessions.check(token(crowd, row, number=number)) for number, row in enumerate(rows)]
    assert [each.user.email for each in found] == [crowd.user(number)["email"] for number in range(3)]


def test_they_can_log_in() -> None:
    """Their password is that of the bench's people."""
    fill_with(Crowd(passwords.hash_password(PASSWORD)), count=1)
    user = accounts.find(addresses.parse(Crowd().user(0)["email"]))
    assert user
    assert passwords.verify(PASSWORD, user=user)


def test_their_sessions_have_the_fields_of_a_started_one() -> None:
    """A field that is missing, or that the service has no more, would falsify what a session takes."""
    crowd = Crowd()
    made = fill_with(crowd, count=1)[0]
    user = accounts.find(addresses.parse(crowd.user(0)["email"]))
    assert user
    started = sessions.start(user, caller=HERE, methods=["pwd"]).session
    assert set(made) == set(Session._get_collection().find_one({"_id": started.id}) or {})


def test_indexes_that_are_made_last_are_those_of_the_service() -> None:
    """They are away while there is much to store, and as declared after it."""
    collection = User._get_collection()
    with indexes_last([collection]):
        assert [index["name"] for index in collection.list_indexes()] == ["_id_"]
        fill(collection, Crowd().user, first=0, count=3)
    assert indexes.compare({collection.name: indexes.declared()[collection.name]}) == []

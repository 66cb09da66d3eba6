"""Indexes are made as declared, mended where that loses nothing, and otherwise reported."""

import importlib
import pkgutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError
from pytest_django import Settings

import user_auth
from user_auth.mongo import connection, indexes
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index

NAME = "things"

Things = Collection[dict[str, Any]]


@pytest.fixture
def things(mongo: None) -> Iterator[Things]:
    """A collection that no document declares, gone afterwards with its indexes."""
    collection = connection.database()[NAME]
    collection.drop()
    yield collection
    collection.drop()


def test_what_is_missing_is_created(things: Things) -> None:
    """Keys, direction, uniqueness, filter and expiry come out as declared."""
    wanted = (
        Index("email", unique=True),
        Index(("user_id", "-created_at")),
        Index("used_at", partial={"used_at": {"$exists": True}}),
        Index("expires_at", ttl=True),
        Index("b", name="mine"),
    )
    assert indexes.ensure({NAME: wanted}) == []
    made = things.index_information()
    assert made["email_1"]["unique"] is True
    assert made["user_id_1_created_at_-1"]["key"] == [("user_id", 1), ("created_at", -1)]
    assert made["used_at_1"]["partialFilterExpression"] == {"used_at": {"$exists": True}}
    assert made["expires_at_1"]["expireAfterSeconds"] == 0
    assert made["mine"]["key"] == [("b", 1)]
    assert indexes.compare({NAME: wanted}) == []


def test_a_unique_index_is_enforced(things: Things) -> None:
    """The second record of one value is refused."""
    indexes.ensure({NAME: [Index("email", unique=True)]})
    things.insert_one({"email": "a"})
    with pytest.raises(DuplicateKeyError):
        things.insert_one({"email": "a"})


def test_comparing_changes_nothing(things: Things) -> None:
    """A missing index is named, with the remedy, and still missing afterwards."""
    things.insert_one({})
    assert indexes.compare({NAME: [Index("a")]}) == ["things: the index a_1 is missing; run `manage.py auth indexes`."]
    assert list(things.index_information()) == ["_id_"]


@pytest.mark.parametrize("options", [{"expireAfterSeconds": 3600}, {}], ids=["another expiry", "no expiry"])
def test_another_expiry_is_set_right(things: Things, options: dict[str, Any]) -> None:
    """An index whose records should go at once, and that expires them later or never, is changed in place."""
    things.create_index("expires_at", **options)
    wanted = {NAME: [Index("expires_at", ttl=True)]}
    assert "expires records at another time" in indexes.compare(wanted)[0]
    assert indexes.ensure(wanted) == []
    assert things.index_information()["expires_at_1"]["expireAfterSeconds"] == 0


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ({"keys": "a"}, Index("a", unique=True)),
        ({"keys": "a", "unique": True}, Index("a")),
        ({"keys": "b", "name": "a_1"}, Index("a")),
        ({"keys": [("a", -1)], "name": "a_1"}, Index("a")),
        ({"keys": "a", "name": "other"}, Index("a", unique=True)),
        ({"keys": "a", "partialFilterExpression": {"b": 1}}, Index("a")),
        ({"keys": "a", "sparse": True}, Index("a")),
        ({"keys": "a", "collation": {"locale": "en", "strength": 2}}, Index("a")),
        ({"keys": "a", "expireAfterSeconds": 0}, Index("a")),
    ],
    ids=["not unique", "unique", "keys", "direction", "other name", "partial", "sparse", "collation", "expiry"],
)
def test_what_only_dropping_would_mend_is_reported(things: Things, present: dict[str, Any], wanted: Index) -> None:
    """The sentence names the index and the remedy; the index stays as it was."""
    name = things.create_index(**present)
    before = things.index_information()
    found = indexes.ensure({NAME: [wanted]})
    assert len(found) == 1
    assert found[0].startswith(f"things: the index {name} has other keys or options than")
    assert f"drop it (db.things.dropIndex('{name}')), then run" in found[0]
    assert indexes.compare({NAME: [wanted]}) == found
    assert things.index_information() == before


def test_the_same_index_under_another_name_will_do(things: Things) -> None:
    """Two indexes that do the same work are one too many."""
    things.create_index("a", name="by_hand", unique=True)
    assert indexes.ensure({NAME: [Index("a", unique=True)]}) == []
    assert sorted(things.index_information()) == ["_id_", "by_hand"]


def test_unknown_indexes_are_left_alone(things: Things) -> None:
    """An operator may have indexes of their own."""
    things.create_index("theirs")
    assert indexes.ensure({NAME: [Index("ours")]}) == []
    assert "theirs_1" in things.index_information()


def test_duplicates_in_the_way_are_reported_without_their_value(things: Things) -> None:
    """A unique index over records that are not is not made; the value, which could be an address, is not told."""
    things.insert_many([{"email": "ada@example.com"}, {"email": "ada@example.com"}])
    (found,) = indexes.ensure({NAME: [Index("email", unique=True)]})
    assert found.startswith("things: the index email_1 cannot be made: several records have the same value")
    assert "ada" not in found


def test_one_that_cannot_be_made_does_not_stop_the_others(things: Things) -> None:
    """Every index that can be made is made."""
    things.insert_many([{"email": "a"}, {"email": "a"}])
    assert len(indexes.ensure({NAME: [Index("email", unique=True), Index("b")]})) == 1
    assert "b_1" in things.index_information()


def test_many_may_ensure_at_once(things: Things) -> None:
    """Processes that start together neither fail nor disturb each other."""
    wanted = {NAME: [Index("a", unique=True), Index("expires_at", ttl=True), Index("b")]}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: indexes.ensure(wanted), range(8)))
    assert found == [[]] * 8
    assert len(things.index_information()) == 4


def test_a_database_that_is_away_is_an_error_soon(unopened: None, settings: Settings) -> None:
    """The patience is for building an index, not for finding the server."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": "mongodb://127.0.0.1:1"}
    began = time.monotonic()
    with pytest.raises(PyMongoError):
        indexes.ensure({NAME: [Index("a")]})
    assert time.monotonic() - began < connection.OPERATION_SECONDS


def test_every_collection_names_its_shard_key_and_has_its_indexes(mongo: None) -> None:
    """The docstring of each document says how its collection is sharded; what it declares is in the database."""
    for module in pkgutil.walk_packages(user_auth.__path__, "user_auth."):
        importlib.import_module(module.name)
    kept = [each for each in Document.__subclasses__() if each.__module__.startswith("user_auth.")]
    assert [each for each in kept if "Shard key:" not in (each.__doc__ or "")] == []
    assert {"audit", "limits", "sessions", "users"} <= set(indexes.declared())
    assert indexes.ensure() == []
    assert indexes.compare() == []

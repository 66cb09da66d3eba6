"""The connection to MongoDB, opened on first use."""

from functools import cache, lru_cache
from threading import Lock
from typing import Any

from mongoengine.connection import disconnect, get_connection, register_connection
from pymongo import MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from user_auth import conf
from user_auth.mongo.timing import CommandTimes

ALIAS = "user_auth"
DEFAULT_DATABASE = "user_auth"
# Without j, a standalone that is killed loses writes it has acknowledged.
DURABLE = WriteConcern(w="majority", j=True)
OPERATION_SECONDS = 5
# Where there is no time limit for the operation: while indexes are built.
SELECTION_SECONDS = 2

_opening = Lock()


def client() -> "MongoClient[dict[str, Any]]":
    """Return this process's client.

    Raises:
        PyMongoError: Only once it is used: opening does not wait for the server.
    """
    return database().client


def database() -> "Database[dict[str, Any]]":
    """Return the database that ``MONGODB_URI`` names, ``user_auth`` if it names none; every write is durable."""
    with _opening:
        return _database()


def collection(name: str) -> "Collection[dict[str, Any]]":
    """Return a collection of that database."""
    with _opening:
        return _collection(name)


def uri() -> str:
    """Return ``MONGODB_URI``; an embedded server is started for it, if none runs."""
    given = conf.settings().mongodb_uri
    return given() if callable(given) else given


@lru_cache(maxsize=1)
def _database() -> "Database[dict[str, Any]]":
    register_connection(
        ALIAS,
        host=(address := uri()),
        uuidRepresentation="standard",
        tz_aware=True,
        connect=False,
        appname="user_auth",
        event_listeners=[CommandTimes()],
        timeoutMS=OPERATION_SECONDS * 1000,
        serverSelectionTimeoutMS=SELECTION_SECONDS * 1000,
        connectTimeoutMS=SELECTION_SECONDS * 1000,
    )
    name = parse_uri(address, validate=False)["database"] or DEFAULT_DATABASE
    # Whatever the URI prefers: on a secondary that lags, an ended session would still be there.
    return get_connection(ALIAS).get_database(name, write_concern=DURABLE, read_preference=ReadPreference.PRIMARY)


@cache
def _collection(name: str) -> "Collection[dict[str, Any]]":
    return _database()[name]


def close() -> None:
    """Close this process's client; the next use opens another."""
    with _opening:
        _collection.cache_clear()
        _database.cache_clear()
        disconnect(ALIAS)

"""Makes a fresh mongod a replica set of one, and waits until it can be written to."""

import contextlib
import socket as sockets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from local_mongo.mongod import REPLICA_SET

PAUSE_SECONDS = 0.02
NOT_YET_INITIALIZED = 94
COMMAND_SECONDS = 5

Client = MongoClient[dict[str, Any]]


def uri_of(socket: Path | str) -> str:
    """Return the URI of the mongod that listens on ``socket``."""
    # Direct, since the only member's name is this very path, and there is nothing to discover.
    return f"mongodb://{quote(str(socket), safe='')}/?directConnection=true"


def await_writable(socket: Path, *, go_on: Callable[[], bool]) -> bool:
    """Wait for mongod to listen, make it a replica set where it is none yet, wait until it takes writes.

    ``False`` when it does not by the time that ``go_on``, which is asked again and again, says so.
    """
    while go_on():
        if _listens(socket):
            with _client(socket) as client:
                return _await_primary(client, member=str(socket), go_on=go_on)
        time.sleep(PAUSE_SECONDS)
    return False


def is_writable(socket: Path | str) -> bool:
    """Whether a mongod listens on ``socket`` and takes writes now."""
    if not _listens(socket):
        return False
    with _client(socket) as client:
        return _is_primary(client)


def _listens(socket: Path | str) -> bool:
    with sockets.socket(sockets.AF_UNIX) as probe:
        return probe.connect_ex(str(socket)) == 0


def _client(socket: Path | str) -> Client:
    return MongoClient(uri_of(socket), timeoutMS=COMMAND_SECONDS * 1000, serverSelectionTimeoutMS=1000)


def _await_primary(client: Client, *, member: str, go_on: Callable[[], bool]) -> bool:
    while go_on():
        if _is_primary(client):
            return True
        # Right after its start mongod may refuse either command; then the next round tries again.
        with contextlib.suppress(PyMongoError):
            _mend(client, member=member)
        time.sleep(PAUSE_SECONDS)
    return False


def _is_primary(client: Client) -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _mend(client: Client, *, member: str) -> None:
    """Initiate the replica set, or put right where its member is when the data directory has moved."""
    config = _stored_config(client)
    if config is None:
        first = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]}
        client.admin.command("replSetInitiate", first)
    elif config["members"][0]["host"] != member:
        config["members"][0]["host"] = member
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _stored_config(client: Client) -> dict[str, Any] | None:
    try:
        stored: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            return None
        raise
    return stored

"""Fill a service's database with users and their sessions, and tell what they take.

``python -m bench.fill [--users N] [--sessions N] [--tokens FILE --first N]``, in the environment of the service, which
may run meanwhile. All have the password of ``bench.people``. Where there was nobody before, indexes are made last: each
then is read and written once, and not at random.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import django
import pymongo
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from bench.people import PASSWORD
from bench.records import Crowd, Row
from user_auth import terminal
from user_auth.accounts import User, passwords
from user_auth.mongo import connection, indexes
from user_auth.sessions import Session, starting

USERS = 1_000_000
SESSIONS = 10_000_000
BATCH = 5000
# The server takes a batch while the next one is made.
AT_ONCE = 2
# A batch waits while the server writes down what it has: longer than requests may.
BATCH_SECONDS = 120
# Fewer are stored sooner than indexes are dropped and made.
MANY = 100_000


def fill(collection: Collection[Row], make: Callable[[int], Row], *, first: int, count: int) -> None:
    """Store the records of so many numbers."""
    fast = collection.with_options(write_concern=WriteConcern(w=1, j=False))

    def store(start: int) -> int:
        # In the order of their ids, neighbors in the index are written together.
        rows = sorted(map(make, range(start, min(start + BATCH, first + count))), key=lambda row: str(row["_id"]))
        with pymongo.timeout(BATCH_SECONDS):
            fast.insert_many(rows, ordered=False)
        return len(rows)

    with terminal.progress(collection.name, total=count) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
        for stored in pool.map(store, range(first, first + count, BATCH)):
            advance(stored)


@contextmanager
def indexes_last(collections: Iterable[Collection[Row]]) -> Iterator[None]:
    """Take the indexes of collections that are empty away until the block ends."""
    for collection in collections:
        if not collection.estimated_document_count():
            collection.drop_indexes()
    yield
    with timed("their indexes"):
        indexes.ensure({collection.name: indexes.declared()[collection.name] for collection in collections})


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Tell how long the block took."""
    started = time.monotonic()
    yield
    terminal.say(f"{what} in {time.monotonic() - started:.1f} s")


def weights(collection: Collection[Row]) -> Row:
    """Return the bytes that a record takes: as it is, compressed on the disk, and in each index."""
    stats = collection.database.command("collStats", collection.name)
    records = max(1, stats["count"])
    on_disk, in_indexes = stats["storageSize"], stats["totalIndexSize"]
    return {
        "collection": collection.name,
        "records": stats["count"],
        "bytes": round(stats.get("avgObjSize", 0)),
        "on_disk": round(on_disk / records),
        "in_indexes": round(in_indexes / records),
        "both": round((on_disk + in_indexes) / records),
        "gb": round((on_disk + in_indexes) / 1e9, 2),
        "each_index": {name: round(size / records) for name, size in stats["indexSizes"].items()},
    }


def token(crowd: Crowd, row: Row, *, number: int) -> str:
    """Return the token of a session."""
    return starting.issue_token(Session._from_son(row), sid=crowd.sid(number))


def main() -> None:
    options = _parser().parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    django.setup()
    users, sessions = User._get_collection(), Session._get_collection()
    # People of earlier runs keep their numbers.
    first = users.estimated_document_count()
    crowd = Crowd(passwords.hash_password(PASSWORD))
    session = partial(_session, crowd, first=first, users=options.users)
    many = options.users + options.sessions >= MANY
    with indexes_last((users, sessions)) if many else nullcontext():
        with timed(f"{options.users} users"):
            fill(users, crowd.user, first=first, count=options.users)
        with timed(f"{options.sessions} sessions"):
            fill(sessions, session, first=0, count=options.sessions)
    if options.tokens:
        wanted = range(min(options.first, options.sessions))
        options.tokens.write_text("\n".join(token(crowd, session(number), number=number) for number in wanted))
    with pymongo.timeout(BATCH_SECONDS):
        connection.client().admin.command("fsync")
    terminal.emit(map(weights, (users, sessions)), columns=COLUMNS, as_json=options.as_json)


COLUMNS = ("collection", "records", "bytes", "on_disk", "in_indexes", "both", "gb", "each_index")


def _session(crowd: Crowd, number: int, *, first: int, users: int) -> Row:
    return crowd.session(number, of=first + number % users)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fill", description="Fill the database of a service.")
    parser.add_argument("--users", type=int, default=USERS, metavar="N")
    parser.add_argument("--sessions", type=int, default=SESSIONS, metavar="N", help="Spread over these users.")
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="Write the tokens of the first sessions there.")
    parser.add_argument("--first", type=int, default=10_000, metavar="N", help="So many of them.")
    terminal.add_json_option(parser)
    return parser


if __name__ == "__main__":
    main()

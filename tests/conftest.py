"""What every test may ask for: a real database, a clock that can be moved."""

import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from pymongo import WriteConcern
from pymongo.database import Database
from pytest_django.fixtures import Settings

import local_mongo
from main_project import env
from tests.harness import scheduling
from tests.mail.standalone import Standalone
from user_auth.foundation import clock as app_clock
from user_auth.mongo import connection, indexes

# What whoever started the tests ignores (a background job Ctrl-C, nohup a hang-up) the services under test would too.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put first what takes long; otherwise the order stays as it was drawn."""
    yield
    items.sort(key=lambda item: scheduling.rank(item.nodeid))
    for item in items:
        if scheduling.folder_of(item.nodeid) in scheduling.OUTSIDE:
            item.add_marker(pytest.mark.no_cover)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> scheduling.ByServices:
    return scheduling.ByServices(config, log)


# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")


class MovableClock:
    """The time as the app sees it: the system's, plus what the test has let pass."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def tick(self, *, seconds: float) -> None:
        self.offset += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """Time that passes when the test says so, on top of the system's."""
    movable = MovableClock()
    app_clock.use(movable)
    yield movable
    app_clock.use(None)


@pytest.fixture(scope="session")
def _mongod() -> Iterator[None]:
    """Start this test process's own mongod, with indexes; stop it and remove its data at the end."""
    data_dir = env.load().data_dir
    connection.database().command("ping")
    indexes.ensure()
    yield
    connection.close()
    local_mongo.stop()
    shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture
def mongo(_mongod: None) -> Iterator[None]:
    """A real, empty database."""
    opened = connection.database()
    _empty(opened)
    yield
    # A test that has closed it may have led the next one elsewhere; all others leave it open, which saves most of this.
    if connection.database() is not opened:
        connection.close()


def _empty(database: "Database[dict[str, Any]]") -> None:
    # What is thrown away need not be durable.
    hasty = database.with_options(write_concern=WriteConcern(w=1))
    for name in _filled(hasty):
        hasty[name].delete_many({})


def _filled(database: "Database[dict[str, Any]]") -> list[str]:
    """Return the names of the collections that hold something: one question about all, since few do."""
    looks = [
        {"$unionWith": {"coll": name, "pipeline": [{"$limit": 1}, {"$project": {"_id": {"$literal": name}}}]}}
        for name in database.list_collection_names()
    ]
    return [found["_id"] for found in database.aggregate([{"$documents": []}, *looks])]


@pytest.fixture
def standalone(settings: Settings) -> Iterator[Standalone]:
    """The app's database, for the length of a test."""
    server = Standalone()
    server.start()
    connection.close()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": server.uri}
    yield server
    connection.close()
    server.remove()

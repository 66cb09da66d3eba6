"""A clock that stands still, figures as a test wants them, and a look at what was stored."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from user_auth.foundation import clock
from user_auth.mongo import connection


class StillClock:
    """The time, which passes only when the test says so."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - where the test begins

    def __call__(self) -> datetime:
        return self.time

    def tick(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def still(mongo: None) -> Iterator[StillClock]:
    """A clock that stands still, and an empty database."""
    stopped = StillClock()
    clock.use(stopped)
    yield stopped
    clock.use(None)


@pytest.fixture
def figures(settings: Settings) -> Callable[..., None]:
    """Set some of the app's settings."""

    def put(**values: object) -> None:
        settings.USER_AUTH = {**settings.USER_AUTH, **values}

    return put


@pytest.fixture
def tries(mongo: None) -> Callable[[], list[int]]:
    """Count the tries in each bucket and each share of one, fewest first."""
    return lambda: sorted(len(log) for log in logs())


def stored() -> list[dict[str, Any]]:
    """Return the records of all buckets."""
    return list(connection.database()["limits"].find())


def logs() -> list[list[int]]:
    """Return what is counted, of all buckets and of all their shares."""
    return [log for bucket in stored() for log in (bucket["log"], *bucket.get("shares", {}).values())]

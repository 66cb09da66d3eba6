"""Checks answered from memory, in the process of a test."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from pytest_django.fixtures import Settings

from tests.harness import waiting
from user_auth.sessions import caching, watching
from user_auth.sessions.caching import Cache


@contextlib.contextmanager
def remembering(settings: Settings, folder: Path, *, entries: int = 1000) -> Iterator[Cache]:
    """Have checks remembered while the block runs, with a follower that has proven itself."""
    options = {"SESSION_CACHE_ENTRIES": entries, "SESSION_CACHE_DIR": folder}
    settings.USER_AUTH = {**settings.USER_AUTH, **options}
    cache = caching.cache()
    assert cache
    waiting.until(cache.table.is_proven, seconds=20)
    try:
        yield cache
    finally:
        stop_following()


def stop_following() -> None:
    """End the follower of this process."""
    watching.stop()
    for thread in threading.enumerate():
        if thread.name == "session-follower":
            thread.join(20)

"""Mutual exclusion across processes and machines, for the few steps that no single write can decide."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar

from mongoengine import DateTimeField, StringField
from mongoengine.errors import NotUniqueError

from user_auth.foundation import clock, ids
from user_auth.foundation.errors import UnavailableError
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index

# Longer than any request lives: whoever held it that long is gone.
HELD = timedelta(seconds=10)
WAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.02


class Lock(Document):
    """Who is at it now. Shard key: ``_id``, hashed."""

    id = StringField(primary_key=True)
    holder = StringField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "locks"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)


@contextmanager
def held(name: str) -> Iterator[None]:
    """Hold the lock of that name for the length of the block, which must be short.

    Raises:
        UnavailableError: Others held it all the time.
    """
    holder, give_up_at = ids.random_id(), time.monotonic() + WAIT_SECONDS
    while not _take(name, holder=holder):
        if time.monotonic() > give_up_at:
            raise UnavailableError
        time.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        Lock.objects(id=name, holder=holder).delete()


def _take(name: str, *, holder: str) -> bool:
    now = clock.now()
    free = Lock.objects(id=name, expires_at__lte=now)
    try:
        return free.update_one(upsert=True, holder=holder, expires_at=now + HELD) == 1
    except NotUniqueError:
        # The record is there, and not free.
        return False

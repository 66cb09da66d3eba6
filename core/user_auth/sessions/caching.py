"""What was found good, kept under its token for as long as nothing can have changed."""

import os
import time
from dataclasses import dataclass
from functools import lru_cache

from user_auth import conf, epochs, metrics
from user_auth.conf import Settings
from user_auth.epochs import Table
from user_auth.foundation import clock
from user_auth.sessions import watching
from user_auth.sessions.snapshots import Snapshot

LIFE_SECONDS = 60


@dataclass(slots=True)
class Entry:
    """One token that is good.

    Attributes:
        known: The session and its user; in their place what ``/verify-session`` answers, once it has been put into bytes.
        epoch: What the slot of the user held before they were read.
        good_until: When the session must be read again, by ``clock.timestamp``.
        kept_until: The same by ``time.monotonic``, for when somebody turns that clock back.
    """

    known: Snapshot | bytes
    slot: int
    epoch: int
    good_until: float
    kept_until: float


class Cache:
    """The entries of one process, at most ``most``: two generations, of which the older one goes when the other is full."""

    def __init__(self, table: Table, *, most: int) -> None:
        self.table = table
        self._most_a_generation = max(1, most // 2)
        self._young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}

    def find(self, token: str) -> Entry | None:
        """Return what is known of a token, if that still holds."""
        entry = self._young.get(token) or self._from_old(token)
        doubt = self._doubt(entry) if entry else "absent"
        if doubt:
            metrics.count_cache_refused(doubt)
            return None
        return entry

    def keep(self, token: str, entry: Entry) -> None:
        """Keep what was found of a token."""
        if len(self._young) >= self._most_a_generation:
            self._old, self._young = self._young, {}
        self._young[token] = entry

    def _from_old(self, token: str) -> Entry | None:
        entry = self._old.get(token)
        if entry:
            self.keep(token, entry)
        return entry

    def _doubt(self, entry: Entry) -> str:
        """Return why what is known may be so no more; an empty text when it is."""
        if self.table[entry.slot] != entry.epoch:
            return "epoch_changed"
        if not self.table.is_proven():
            return "watcher_stale"
        if time.monotonic() >= entry.kept_until or clock.timestamp() >= entry.good_until:
            return "expired_entry"
        return ""


def find(token: str) -> Entry | None:
    """Return what this process's cache knows of a token."""
    known = cache()
    if known is None:
        metrics.count_cache_refused("no_table")
        return None
    return known.find(token)


def cache() -> Cache | None:
    """Return this process's cache; ``None`` where nothing may be believed."""
    return _cache(conf.settings())


@lru_cache(maxsize=1)
def _cache(settings: Settings) -> Cache | None:
    table = epochs.table()
    if table is None:
        return None
    watching.start()
    return Cache(table, most=settings.session_cache_entries)


if hasattr(os, "register_at_fork"):
    # The thread that watching starts stays with the parent.
    os.register_at_fork(after_in_child=_cache.cache_clear)


def state() -> str:
    """Return ``on``, or why every check reads the database: ``off``, ``no_change_stream``, ``change_stream_lost``."""
    table = epochs.table()
    if table is None:
        return "off"
    if table.is_proven():
        return "on"
    return "no_change_stream" if table.state == watching.State.NO_STREAM else "change_stream_lost"

"""The table of epochs: which checked sessions may still be believed, for all processes of a machine.

A file that every process maps into its memory. Each user has a slot, shared with few others; whoever changes a user or
ends a session puts a fresh random value there, after the write and before it is answered. What was read from the
database is good only while the slot holds the value that it had *before* the read. Random, because two processes that
count at once lose a count, and because an older value that is stored late must not make an ended session good again.

That covers one machine. What happens on others comes by a change stream (``sessions.watching``), whose follower proves
here, every moment, that it has seen all of it: past that proof nothing is believed.
"""

import logging
import mmap
import os
import secrets
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

from user_auth import conf
from user_auth.conf import Settings
from user_auth.crypto import digests
from user_auth.crypto.keys import Purpose
from user_auth.mongo import connection

if sys.platform == "linux":
    import fcntl

SLOTS = 1 << 16
# How long a proof holds, and so how long an ended session is believed at most where no event arrives any more.
PROOF_NANOSECONDS = 1_000_000_000
_WORD_BYTES = 8
# The proof and the follower's state come first, on a cache line of their own.
_PROVEN_UNTIL, _STATE, _FIRST = 0, 1, 8
_BYTES = (_FIRST + SLOTS) * _WORD_BYTES

log = logging.getLogger(__name__)


class Table:
    """One mapped file. A word is aligned and copied as a whole, so that nobody reads half of one."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._words = memoryview(mmap.mmap(descriptor, _BYTES)).cast("Q")

    def __getitem__(self, slot: int) -> int:
        """Return a slot's epoch."""
        return self._words[_FIRST + slot]

    def bump(self, slot: int) -> None:
        """Make everybody of that slot be read again."""
        self._words[_FIRST + slot] = secrets.randbits(64)

    def bump_all(self) -> None:
        """Make everybody be read again."""
        self._words[_FIRST:] = memoryview(secrets.token_bytes(SLOTS * _WORD_BYTES)).cast("Q")

    def is_proven(self) -> bool:
        """Tell whether all that happened elsewhere until a moment ago is in the table."""
        # Both ways, since the clock starts anew with the machine: what its last run left here is no proof.
        return 0 <= self._words[_PROVEN_UNTIL] - time.monotonic_ns() <= PROOF_NANOSECONDS

    def prove(self, *, moment: int) -> None:
        """Note that all that happened until ``moment`` (``time.monotonic_ns``) is in the table."""
        self._words[_PROVEN_UNTIL] = moment + PROOF_NANOSECONDS

    def disprove(self) -> None:
        """Let nothing be believed until the next proof."""
        self._words[_PROVEN_UNTIL] = 0

    @property
    def state(self) -> int:
        """What the follower last said of itself; 0 when none ever has."""
        return self._words[_STATE]

    @state.setter
    def state(self, state: int) -> None:
        self._words[_STATE] = state

    def lead(self) -> bool:
        """Become the one process that follows the changes, until it ends; ``False`` while another one is."""
        try:
            # A lock of the process: a child that is forked does not hold it too.
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def slot(user_id: object) -> int:
    """Return the user's slot; sessions are named by it first (``sessions.references``)."""
    return int(digests.sha256_hex(str(user_id))[:4], 16)


def bump(user_id: object) -> None:
    """Make the next check of each of a user's sessions, in every process of this machine, read the database.

    To be called after each write that a check must see, also when it is not known whether the write came through.
    """
    shared = table()
    if shared:
        shared.bump(slot(user_id))


def table() -> Table | None:
    """Return this machine's table; ``None`` where there is none, and nothing may be believed."""
    return _table(conf.settings())


@lru_cache(maxsize=1)
def _table(settings: Settings) -> Table | None:
    if sys.platform != "linux" or not settings.session_cache_entries:
        return None
    folder = settings.session_cache_dir or Path(tempfile.gettempdir(), f"user_auth-{os.getuid()}")
    # The database's own: a proof for one says nothing of another.
    name = digests.keyed_digest(conf.key(Purpose.EPOCHS), connection.uri())[:16]
    try:
        return Table(_open(folder, f"epochs-{name}"))
    except OSError as error:
        log.warning("Every check reads the database: %s cannot be used (%s).", folder, error.strerror)
        return None


def _open(folder: Path, name: str) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.stat()
    if about.st_uid != os.getuid() or about.st_mode & 0o022:
        raise PermissionError(0, "others can write there")
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    # Now, where a full disk is an error; to write to a page that finds no room later would end the process.
    os.posix_fallocate(descriptor, 0, _BYTES)
    return descriptor

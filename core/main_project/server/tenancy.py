"""One service per ``DATA_DIR``."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_mongo.locks import FileLock
from main_project.server.errors import RefusedError


@contextmanager
def hold(data_dir: Path) -> Iterator[bool]:
    """Keep others from serving out of ``data_dir``; gives whether the last one who did was killed.

    Raises:
        RefusedError: Somebody else does already, or the folder cannot be written to.
    """
    path = data_dir / "serve.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _take(path)
        was_killed = bool(path.read_text(encoding="utf-8"))
        path.write_text(str(os.getpid()), encoding="utf-8")
    except OSError as error:
        remedy = (
            "free some space" if error.errno == errno.ENOSPC else "set DATA_DIR to a folder that this user can write to"
        )
        raise RefusedError(f"{data_dir} cannot be written to ({error.strerror}): {remedy}.") from error
    try:
        yield was_killed
    finally:
        path.write_text("", encoding="utf-8")
        lock.release()


def _take(path: Path) -> FileLock:
    lock = FileLock.take(path)
    if lock is None:
        raise RefusedError(
            f"A service with process id {path.read_text(encoding='utf-8')} already runs on {path.parent}: "
            "stop it, or set DATA_DIR to another folder."
        )
    return lock

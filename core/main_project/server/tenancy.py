"""One service per ``DATA_DIR``."""

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
    lock = _take(path)
    was_killed = bool(path.read_text(encoding="utf-8"))
    try:
        path.write_text(str(os.getpid()), encoding="utf-8")
        yield was_killed
        path.write_text("", encoding="utf-8")
    finally:
        lock.release()


def _take(path: Path) -> FileLock:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock.take(path)
    except OSError as error:
        raise RefusedError(
            f"{path.parent} cannot be written to ({error.strerror}): set DATA_DIR to a folder that this user can write to."
        ) from error
    if lock is None:
        raise RefusedError(
            f"A service with process id {path.read_text(encoding='utf-8')} already runs on {path.parent}: "
            "stop it, or set DATA_DIR to another folder."
        )
    return lock

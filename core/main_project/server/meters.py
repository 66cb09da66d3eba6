"""Where the service's processes keep their counts, so that a scrape of any of them gives those of all."""

import logging
import shutil
from pathlib import Path

from local_mongo.locks import FileLock
from user_auth import metrics

log = logging.getLogger(__name__)
# Held until the process ends.
_slots: list[FileLock] = []


def begin(data_dir: Path) -> None:
    """Start all counts anew; for the parent, which is the only service on ``data_dir``, before it has workers."""
    folder = _folder(data_dir)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        log.warning("The processes count each for itself: %s cannot be made (%s).", folder, error.strerror)
        metrics.keep_apart()
        return
    join(data_dir)


def join(data_dir: Path) -> None:
    """Have this process count where the others of its service on ``data_dir`` do."""
    folder = _folder(data_dir)
    try:
        metrics.share(folder, slot=_take_slot(folder))
    except OSError as error:
        log.warning("This process counts for itself alone: %s cannot be used (%s).", folder, error.strerror)
        metrics.keep_apart()


def _folder(data_dir: Path) -> Path:
    return data_dir / "metrics"


def _take_slot(folder: Path) -> int:
    """Take the first slot that no living process has: the kernel lets go of a dead one's."""
    slot = 0
    while (lock := FileLock.take(folder / f"{slot}.lock")) is None:
        slot += 1
    _slots.append(lock)
    return slot

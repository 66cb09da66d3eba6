"""One place for the counts of all processes of a service.

Each process counts in files of its own, which a scrape adds up. They are named by a slot and not by a process id: the
next process in a slot goes on where a killed one was stopped, so that no count is lost and no file is left over.
"""

import os
from pathlib import Path

from prometheus_client import values

from user_auth.metrics import families

# prometheus_client's own name for it; child processes inherit it.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Several times what all names and labels take. Files that grow are holes to the kernel: on a full disk, writing into
# one kills the process, so the space is taken at once.
FILE_BYTES = 512 * 1024
# Named so by prometheus_client; what a gauge shows ended with its process, so that file starts anew.
_KEPT, _RENEWED = ("counter", "histogram"), ("gauge_livesum",)


def share(folder: Path, *, slot: int) -> None:
    """Count into ``folder`` from now on. To be called before anything is counted, by one living process a slot.

    Raises:
        OSError: The space could not be taken.
        RuntimeError: Something has been counted already.
    """
    if families.is_counting():
        raise RuntimeError("Counts would be lost: share() comes before anything is counted.")
    for kind in (*_KEPT, *_RENEWED):
        path = folder / f"{kind}_{slot}.db"
        if kind in _RENEWED or not path.exists():
            _make(path)
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]


def keep_apart() -> None:
    """Count for this process alone, whatever folder it has inherited."""
    os.environ.pop(FOLDER, None)
    values.ValueClass = values.MutexValue


def _make(path: Path) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
        else:
            file.write(bytes(FILE_BYTES))
    # Whole or not at all: a scrape may look at any moment.
    draft.rename(path)

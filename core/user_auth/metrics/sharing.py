"""One place for the counts of all processes of a service.

Each process counts in files of its own, which a scrape adds up. They are named by a slot and not by a process id: the
next process in a slot goes on where a killed one was stopped, so that no count is lost and no file is left over.
"""

import os
from pathlib import Path

from prometheus_client import values

from user_auth.metrics import families

# Several times what all names and labels take. Files that grow are holes to the kernel: on a full disk, writing into
# one kills the process, so the space is taken at once.
FILE_BYTES = 512 * 1024
# Named so by prometheus_client; what a gauge shows ended with its process, so that file starts anew.
_KEPT, _RENEWED = ("counter", "histogram"), ("gauge_sum",)


def share(folder: Path, *, slot: int) -> None:
    """Count into ``folder`` from now on. To be called before anything is counted, by one living process a slot.

    Raises:
        OSError: The space could not be taken; this process counts for itself alone.
        RuntimeError: Something has been counted already.
    """
    if families.is_counting():
        raise RuntimeError("Counts would be lost: share() comes before anything is counted.")
    values.ValueClass = values.MutexValue
    for kind in _RENEWED:
        _path(folder, kind, slot).unlink(missing_ok=True)
    for kind in (*_KEPT, *_RENEWED):
        _reserve(_path(folder, kind, slot))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]


def _path(folder: Path, kind: str, slot: int) -> Path:
    return folder / f"{kind}_{slot}.db"


def _reserve(path: Path) -> None:
    if path.exists():
        return
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
        else:
            file.write(bytes(FILE_BYTES))
    # Whole or not at all: a scrape may look at any moment.
    draft.rename(path)

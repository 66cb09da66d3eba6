"""Why there is no embedded MongoDB is one line that says what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_mongo import binary
from tests.local_mongo.commands import CORE, using

NOBODY = 65534


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder whose package of the binary goes before the real one; mongod is still to be put in."""
    folder = tmp_path / "packages"
    (folder / "fiftyone" / "db" / "bin").mkdir(parents=True)
    for package in (folder / "fiftyone", folder / "fiftyone" / "db"):
        (package / "__init__.py").touch()
    return folder


def refusal(data_dir: Path, *, path: Path = CORE) -> str:
    """Return what a command that needs the database says when it ends."""
    with using(data_dir, path=path) as command:
        status, said = command.finish()
    assert status == 1
    assert said.count("\n") == 1, said
    return said


def test_a_platform_without_the_wheel(package: Path, tmp_path: Path) -> None:
    """Without the package's binary the way out is another MongoDB."""
    assert "set MONGODB_URI to a MongoDB 6 or newer" in refusal(tmp_path / "data", path=package)


def test_a_binary_without_its_mode_bits(package: Path, tmp_path: Path) -> None:
    """Where an installer has lost them, they are given back."""
    mongod = package / "fiftyone" / "db" / "bin" / "mongod"
    shutil.copyfile("/bin/sh", mongod)
    mongod.chmod(0o600)
    found = subprocess.run(
        [sys.executable, "-c", "from local_mongo import binary; print(binary.find())"],
        env={"PYTHONPATH": f"{package}{os.pathsep}{CORE}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(mongod)
    assert os.access(mongod, os.X_OK)


@pytest.mark.faults
def test_a_missing_libcurl(package: Path, tmp_path: Path) -> None:
    """The real binary, which asks the loader for a library that is not there."""
    mongod = package / "fiftyone" / "db" / "bin" / "mongod"
    mongod.write_bytes(binary.find().read_bytes().replace(b"libcurl.so.4\0", b"libcurl.so.X\0"))
    mongod.chmod(0o755)
    said = refusal(tmp_path / "data", path=package)
    assert said == (
        "The embedded MongoDB needs libcurl.so.X: install libcurl4 (on Debian and Ubuntu: apt install libcurl4), "
        "or set MONGODB_URI.\n"
    )


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").touch()
    assert "set DATA_DIR to a folder that this user can write to" in refusal(tmp_path / "file" / "data")


def test_a_data_directory_that_is_read_only(tmp_path: Path) -> None:
    """Nothing can be written there; the superuser, who can write anywhere, tries it as somebody else."""
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o555)
    code = """
import os, sys, local_mongo
from pathlib import Path
if os.getuid() == 0:
    os.setuid(int(sys.argv[2]))
try:
    local_mongo.attach(Path(sys.argv[1]))
except local_mongo.LocalMongoError as error:
    print(error)
"""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", code, str(data_dir), str(NOBODY)],
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        f"{data_dir} cannot be written to (Permission denied): set DATA_DIR to a folder that this user can write to.\n"
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that has room for less than a database."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only the superuser can have a disk of its own")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.faults
@pytest.mark.parametrize("room_bytes", [0, 64 * 1024])
def test_a_full_disk(small_disk: Path, room_bytes: int) -> None:
    """With no room at all, and with room for our own notes but not for what mongod writes."""
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "filling").write_bytes(b"x" * (free - room_bytes))
    assert "free some space" in refusal(small_disk / "data")


@pytest.mark.faults
def test_a_damaged_database(tmp_path: Path) -> None:
    """The first thing that mongod complains of is quoted, and its log named."""
    (tmp_path / "mongo" / "db").mkdir(parents=True)
    (tmp_path / "mongo" / "db" / "storage.bson").write_bytes(b"no BSON at all")
    said = refusal(tmp_path)
    assert "(Unable to read the storage engine metadata file)" in said
    assert f"{tmp_path / 'mongo' / 'mongod.log'} says more" in said

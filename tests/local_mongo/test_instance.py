import contextlib
import logging
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

import local_mongo
from tests.harness.waiting import is_alive, until

Client = MongoClient[dict[str, Any]]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[local_mongo.Instance]:
    instance = local_mongo.own(tmp_path / "data")
    yield instance
    instance.stop()


@pytest.fixture
def client(instance: local_mongo.Instance) -> Iterator[Client]:
    with MongoClient[dict[str, Any]](instance.uri) as client:
        yield client


def durable(client: Client) -> Collection[dict[str, Any]]:
    return client["test"].get_collection("things", write_concern=WriteConcern("majority", j=True))


def test_it_takes_transactions(client: Client) -> None:
    """It is a replica set of one, not a standalone."""
    with client.start_session() as session, session.start_transaction():
        client["test"]["things"].insert_one({"_id": 1}, session=session)
    assert client["test"]["things"].count_documents({}) == 1


def open_files(pid: int | None) -> Iterator[str]:
    """Yield what a process's descriptors lead to; those that it closes meanwhile are none."""
    for descriptor in Path("/proc", str(pid), "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield str(descriptor.readlink())


@pytest.mark.asvs("15.2.5")
def test_it_listens_on_a_private_unix_socket_alone(instance: local_mongo.Instance, client: Client) -> None:
    """There is no TCP port, no second socket, and nobody else can reach the one."""
    socket = Path(client.admin.command("getCmdLineOpts")["parsed"]["net"]["bindIp"])
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert [file.name for file in socket.parent.iterdir()] == ["m.sock"]
    inodes = set(open_files(instance.pid))
    assert any(inode.startswith("socket:") for inode in inodes)
    for table in ("tcp", "tcp6"):
        lines = Path("/proc", str(instance.pid), "net", table).read_text(encoding="utf-8").splitlines()[1:]
        assert not inodes & {f"socket:[{line.split()[9]}]" for line in lines}


@pytest.mark.asvs("15.2.5")
def test_only_its_owner_can_read_what_it_keeps(instance: local_mongo.Instance, tmp_path: Path) -> None:
    """The log and every file of the database are closed to other users."""
    root = tmp_path / "data" / "mongo"
    assert instance.is_running()
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "mongod.log").stat().st_mode) == 0o600
    assert not any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in (root / "db").iterdir())


def test_the_data_is_there_again_after_a_move(tmp_path: Path) -> None:
    """A data directory that was moved starts under its new path, with all that it held."""
    first = local_mongo.own(tmp_path / "before")
    with MongoClient[dict[str, Any]](first.uri) as client:
        durable(client).insert_one({"_id": 1})
    first.stop()
    (tmp_path / "before").rename(tmp_path / "after")
    second = local_mongo.own(tmp_path / "after")
    with MongoClient[dict[str, Any]](second.uri) as client:
        assert durable(client).count_documents({}) == 1
    second.stop()
    assert first.uri != second.uri


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    """Process, socket and the note of who owns it are gone; the data stays; to stop again does nothing."""
    instance = local_mongo.own(tmp_path)
    pid = instance.pid
    instance.stop()
    instance.stop()
    assert pid is not None
    assert not is_alive(pid)
    assert not instance.is_running()
    assert sorted(file.name for file in (tmp_path / "mongo").iterdir()) == [
        "db",
        "mongod.log",
        "owner.lock",
        "users.lock",
    ]


def test_further_arguments_reach_mongod(tmp_path: Path) -> None:
    """Tests make its sweeps of old records frequent."""
    instance = local_mongo.own(tmp_path, extra=("--setParameter", "ttlMonitorSleepSecs=1"))
    with MongoClient[dict[str, Any]](instance.uri) as client:
        assert client.admin.command("getParameter", ttlMonitorSleepSecs=1)["ttlMonitorSleepSecs"] == 1
    instance.stop()


@pytest.mark.faults
def test_it_is_started_again_when_it_dies(
    instance: local_mongo.Instance, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever is connected finds it again under the same address, with every acknowledged write."""
    first = instance.pid
    assert first is not None
    durable(client).insert_one({"_id": 1})
    with caplog.at_level(logging.ERROR):
        os.kill(first, signal.SIGKILL)
        until(lambda: _count(client) == 1, seconds=10)
    assert instance.pid != first
    assert "started again" in caplog.text


def _count(client: Client) -> int | None:
    try:
        return durable(client).count_documents({})
    except PyMongoError:
        return None

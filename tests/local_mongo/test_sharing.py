import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern

import local_mongo
from tests.harness import promises
from tests.harness.waiting import is_alive, until
from tests.local_mongo.commands import CORE, Command, using


def write(uri: str, *, number: int) -> None:
    with MongoClient[dict[str, Any]](uri) as client:
        things = client["test"].get_collection("things", write_concern=WriteConcern("majority", j=True))
        things.insert_one({"_id": number})


def count(uri: str) -> int:
    with MongoClient[dict[str, Any]](uri) as client:
        return client["test"]["things"].count_documents({})


def finish_later(command: Command) -> "subprocess.Popen[str]":
    """Tell a command to end, without waiting for it."""
    assert command.process.stdin
    command.process.stdin.close()
    command.process.stdin = None
    return command.process


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """A command that owns the mongod of ``tmp_path``."""
    with using(tmp_path) as command:
        yield command


def test_importing_starts_nothing(tmp_path: Path) -> None:
    """A process that imports the package and never asks for a database makes no file and no child."""
    code = "import local_mongo, subprocess, os; print(os.listdir('.'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_two_commands_share_one_mongod(command: Command, tmp_path: Path) -> None:
    """The second attaches to what the first has started."""
    with using(tmp_path) as second:
        assert second.uri == command.uri
        assert command.mongod
        assert second.mongod is None
        write(second.uri, number=1)
        assert count(command.uri) == 1
        assert second.finish() == (0, "")


def test_to_attach_again_gives_the_same_address(tmp_path: Path) -> None:
    """A process asks as often as it likes and starts one mongod."""
    code = (
        "import sys, local_mongo; from pathlib import Path; data_dir = Path(sys.argv[1])\n"
        "first = local_mongo.attach(data_dir)\n"
        "print(first == local_mongo.attach(data_dir), len(list(Path('/proc/self/task').glob('*/children'))) > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True True\n"


def test_a_mongod_ends_with_its_command(command: Command) -> None:
    """A command that ends normally leaves no mongod behind."""
    mongod = command.mongod
    assert mongod
    assert command.finish() == (0, "")
    assert not is_alive(mongod)


@pytest.mark.faults
def test_a_command_waits_for_others_that_use_its_mongod(command: Command, tmp_path: Path) -> None:
    """It does not pull the database from under them, and says why it does not end."""
    with using(tmp_path) as second:
        process = finish_later(command)
        assert process.stderr
        assert process.stderr.readline().startswith("Waiting up to 30 s")
        write(second.uri, number=1)
        assert process.poll() is None
        assert second.finish() == (0, "")
    until(lambda: process.poll() == 0, seconds=20)


@pytest.mark.faults
def test_a_service_takes_over_from_a_command_that_ends_in_time(command: Command, tmp_path: Path) -> None:
    """A service that starts while a command owns mongod waits for it."""
    finish_later(command)
    instance = local_mongo.own(tmp_path, wait_seconds=10)
    assert instance.is_running()
    instance.stop()


def test_a_service_says_which_command_keeps_it_from_starting(command: Command, tmp_path: Path) -> None:
    """When the command does not end in time, one line names it and says what to do."""
    with pytest.raises(local_mongo.LocalMongoError) as refusal:
        local_mongo.own(tmp_path, wait_seconds=0.2)
    assert f"in use by a command with process id {command.process.pid}: wait until it has ended" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.faults
def test_a_service_that_stops_does_not_wait_for_commands(tmp_path: Path) -> None:
    """Its three seconds are for itself."""

    def seconds_to_stop() -> float:
        instance = local_mongo.own(tmp_path)
        with using(tmp_path) as command:
            assert command.uri == instance.uri
            return promises.timed(instance.stop)

    promises.keep(seconds_to_stop, seconds=3)


@pytest.mark.faults
def test_no_mongod_outlives_a_killed_owner(command: Command, tmp_path: Path) -> None:
    """After kill -9 its mongod ends too, and a start in that very moment waits and finds every write."""
    mongod = command.mongod
    assert mongod
    write(command.uri, number=1)
    command.process.kill()
    with using(tmp_path) as second:
        assert not is_alive(mongod)
        assert second.mongod not in (None, mongod)
        assert count(second.uri) == 1


def test_a_forked_child_does_not_stop_its_parents_mongod(tmp_path: Path) -> None:
    """What belongs to the parent is left alone when the child ends."""
    code = """
import os, sys, local_mongo
from pathlib import Path
from pymongo import MongoClient
uri = local_mongo.attach(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
with MongoClient(uri) as client:
    print(client.admin.command("hello")["isWritablePrimary"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")

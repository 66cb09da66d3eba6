"""A replica set of real mongods on one machine, whose members can be killed and cut off."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from local_mongo import binary
from local_mongo.mongod import JOURNAL
from tests.harness.ports import free_port
from tests.harness.proxy import Proxy, all_but, anybody, nobody
from tests.harness.waiting import until

NAME = "three"
# As docs/how-to/faults.md advises. With MongoDB's own figures (10 s each) a new primary takes writes after half a minute.
SETTINGS = {
    "electionTimeoutMillis": 2000,
    "heartbeatIntervalMillis": 500,
    "heartbeatTimeoutSecs": 2,
    "catchUpTimeoutMillis": 1000,
}
SECONDS = 60
Database = MongoClient[dict[str, Any]]


class Member:
    """One mongod; everybody, the other members too, reaches it through its proxy alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.proxy = Proxy(self.port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.proxy.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        arguments = ["--dbpath", str(self._folder), "--bind_ip", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--replSet", NAME, "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        arguments += ["--wiredTigerEngineConfigString", JOURNAL]
        arguments += ["--logpath", str(self._folder / "mongod.log"), "--logappend"]
        # How long a member waits for one that does not answer, before it copies from another.
        arguments += ["--setParameter", "oplogNetworkTimeoutBufferSeconds=1"]
        arguments += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        self._process = subprocess.Popen([str(binary.find()), *arguments], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def remove(self) -> None:
        """End it for good, with all that it has stored."""
        self.kill()
        shutil.rmtree(self._folder)

    def client(self) -> Database:
        """Open it directly, around its proxy."""
        uri = f"mongodb://127.0.0.1:{self.port}/?directConnection=true"
        return MongoClient(uri, serverSelectionTimeoutMS=2000, timeoutMS=5000)

    def is_primary(self) -> bool:
        return bool(self._hello().get("isWritablePrimary"))

    def listens(self) -> bool:
        return bool(self._hello())

    def _hello(self) -> dict[str, Any]:
        try:
            with self.client() as client:
                return client.admin.command("hello")
        except PyMongoError:
            return {}


class ReplicaSet:
    """Some members; elections take about two seconds."""

    def __init__(self, folder: Path, *, count: int) -> None:
        self.members = [Member(folder / str(number)) for number in range(count)]

    @property
    def uri(self) -> str:
        return f"mongodb://{','.join(member.address for member in self.members)}/?replicaSet={NAME}"

    def start(self) -> None:
        """Return when there is a primary, and all members can take its place."""
        for member in self.members:
            member.start()
        until(lambda: all(member.listens() for member in self.members), seconds=SECONDS)
        members = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
        config = {"_id": NAME, "members": members, "settings": SETTINGS}
        with self.members[0].client() as client:
            client.admin.command("replSetInitiate", config)
        self.await_whole()

    def await_whole(self) -> None:
        """Wait until one member is primary, and the others follow."""
        states = ["PRIMARY", *["SECONDARY"] * (len(self.members) - 1)]
        until(lambda: sorted(self._states()) == states, seconds=SECONDS)

    def primary(self) -> Member:
        """Return the primary, once there is one."""
        until(lambda: any(member.is_primary() for member in self.members), seconds=SECONDS)
        return next(member for member in self.members if member.is_primary())

    def end(self) -> None:
        for member in self.members:
            member.remove()
            member.proxy.close()

    @contextmanager
    def cut_off(self, member: Member) -> Iterator[None]:
        """Let nothing reach a member, and nothing that it sends arrive anywhere; its connections hang."""
        others = [other for other in self.members if other is not member]
        member.proxy.let_pass(nobody)
        for other in others:
            other.proxy.let_pass(all_but(member.pid))
        try:
            yield
        finally:
            for each in self.members:
                each.proxy.let_pass(anybody)

    def _states(self) -> list[str]:
        for member in self.members:
            try:
                with closing(member.client()) as client:
                    status = client.admin.command("replSetGetStatus")
            except PyMongoError:
                continue
            states = [each["stateStr"] for each in status["members"]]
            if "PRIMARY" in states:
                return states
        return []


@contextmanager
def replica_set(folder: Path, *, count: int = 3) -> Iterator[ReplicaSet]:
    """Run so many members whose data is in a folder."""
    members = ReplicaSet(folder, count=count)
    try:
        members.start()
        yield members
    finally:
        members.end()

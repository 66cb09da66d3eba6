"""A mongod that is no replica set, so that it has no change streams, and that a test may stop and start."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from local_mongo import binary
from local_mongo.mongod import JOURNAL
from local_mongo.replica_set import uri_of


class Standalone:
    def __init__(self) -> None:
        # Not pytest's own folder: the path of a socket has 107 bytes at most.
        self.folder = Path(tempfile.mkdtemp(prefix="standalone-"))
        self.socket = self.folder / "m.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return uri_of(self.socket)

    def start(self) -> None:
        where = ["--dbpath", str(self.folder), "--bind_ip", str(self.socket), "--nounixsocket"]
        small = ["--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"]
        small += ["--wiredTigerEngineConfigString", JOURNAL]
        command = [str(binary.find()), *where, *small]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        client: MongoClient[dict[str, Any]] = MongoClient(self.uri, serverSelectionTimeoutMS=20_000)
        with client:
            client.admin.command("ping")

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

"""The mongod process itself: started, asked, ended."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_mongo import parent_death
from local_mongo.locks import FileLock
from local_mongo.places import Places

REPLICA_SET = "rs0"
JOURNAL = "log=(file_max=8MB)"
STDERR_BYTES = 4096


@dataclass(frozen=True)
class Plan:
    """All that it takes to start mongod.

    Attributes:
        lock: Inherited by mongod, so that it is held for as long as either of the two lives.
        extra: Further arguments, after ours.
    """

    binary: Path
    places: Places
    socket: Path
    lock: FileLock
    extra: Sequence[str] = ()

    def arguments(self) -> list[str]:
        return [
            str(self.binary),
            *("--dbpath", str(self.places.database), "--logpath", str(self.places.log), "--logappend", "--quiet"),
            # A private Unix socket, no TCP, and no second socket under the temporary folder.
            *("--bind_ip", str(self.socket), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
            # Files of the journal are made three at a time, and take their room at once: 24 MB rather than 300.
            *("--wiredTigerEngineConfigString", JOURNAL),
            # What nobody here uses, and what talks to others.
            *("--networkMessageCompressors", "disabled", "--noscripting", "--enableFreeMonitoring", "off"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *self.extra,
        ]


class Mongod:
    """A mongod process that ends when the thread that made this object ends."""

    def __init__(self, plan: Plan) -> None:
        self.log_start = plan.places.log.stat().st_size if plan.places.log.exists() else 0
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [sys.executable, "-I", "-S", parent_death.__file__, str(os.getpid()), *plan.arguments()],
            stdin=subprocess.DEVNULL,
            stdout=self._stderr,
            stderr=self._stderr,
            cwd="/",
            pass_fds=(plan.lock.descriptor,),
            # Ctrl-C on a terminal goes to its whole process group, and must not stop mongod before the service.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status; ``None`` while it runs, negative for a signal."""
        return self._process.poll()

    def wait(self) -> int:
        return self._process.wait()

    def send(self, which: signal.Signals) -> None:
        self._process.send_signal(which)

    def complaint(self) -> str:
        """Return the beginning of what it wrote outside its log."""
        self._stderr.seek(0)
        return self._stderr.read(STDERR_BYTES).decode(errors="replace")

    def kill(self) -> None:
        """End it at once, and let go of what it wrote; an acknowledged write is in the journal already."""
        self._process.kill()
        self._process.wait()
        self._stderr.close()

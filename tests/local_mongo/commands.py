"""Processes that use an embedded MongoDB and end when they are told to."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.harness.service import remove_dead_socket
from tests.harness.waiting import children_of, command_line_of

CORE = Path(__file__).resolve().parent.parent.parent / "core"
USE = """
import sys
from pathlib import Path
import local_mongo
try:
    print(local_mongo.attach(Path(sys.argv[1])), flush=True)
except local_mongo.LocalMongoError as error:
    sys.exit(str(error))
sys.stdin.read()
"""


class Command:
    """A command that has used the database of ``data_dir`` and waits."""

    def __init__(self, data_dir: Path, *, env: Mapping[str, str] | None = None, path: Path = CORE) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(data_dir)],
            env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{CORE}", **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.uri = self.process.stdout.readline().strip()

    @property
    def mongod(self) -> int | None:
        """The process id of the mongod that the command owns, if it does."""
        return next((pid for pid in children_of(self.process.pid) if "mongod " in command_line_of(pid)), None)

    def finish(self) -> tuple[int, str]:
        """Let the command end; return its exit status and what it had to say."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        remove_dead_socket(self.data_dir)


@contextmanager
def using(data_dir: Path, *, env: Mapping[str, str] | None = None, path: Path = CORE) -> Iterator[Command]:
    """Run a command that uses the database of ``data_dir``; ``path`` is searched for packages first."""
    command = Command(data_dir, env=env, path=path)
    try:
        yield command
    finally:
        command.kill()

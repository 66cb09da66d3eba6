"""Advisory locks on files, which the kernel lets go when the last process that holds one ends."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """A lock held through one open file; a child that inherits the descriptor holds it too."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def take(cls, path: Path, *, shared: bool = False) -> "FileLock | None":
        """Take the lock on ``path``; ``None`` when somebody else holds it in a way that excludes this."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def release(self) -> None:
        """Stop holding the lock; a child that inherited it goes on holding it."""
        os.close(self.descriptor)

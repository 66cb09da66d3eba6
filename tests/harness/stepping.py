"""A service whose clock a test can put forwards and back while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.service import ROOT

MODULE = "stepped"
# Settings under which the service reads what its clock is ahead from a file.
SETTINGS = """
from datetime import UTC, datetime, timedelta
from pathlib import Path

from main_project.settings import *
from user_auth.foundation import clock

OFFSET = Path({path!r})
clock.use(lambda: datetime.now(UTC) + timedelta(seconds=float(OFFSET.read_text() or 0)))
"""


class Stepping:
    """What such a service is started with, and what its clock is ahead of the system's."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        self._step(0)
        (folder / f"{MODULE}.py").write_text(SETTINGS.format(path=str(self._offset)), encoding="utf-8")
        self.env = {"PYTHONPATH": f"{folder}:{ROOT}"}

    @contextmanager
    def by(self, seconds: int) -> Iterator[None]:
        """Have the clock ahead by so much while the block runs."""
        self._step(seconds)
        try:
            yield
        finally:
            self._step(0)

    def _step(self, seconds: int) -> None:
        draft = self._offset.with_suffix(".new")
        draft.write_text(str(seconds), encoding="ascii")
        draft.replace(self._offset)

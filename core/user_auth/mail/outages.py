"""What fails over and over is logged once, and tried less often."""

import logging
import time
import traceback
from threading import Lock

log = logging.getLogger("user_auth.mail")

FIRST_PAUSE_SECONDS = 0.5


class Outage:
    """The failing and recovering of one thing that is tried again and again; any thread may tell of it.

    Args:
        what: The beginning of a sentence that ends in "fails".
        longest_pause: In seconds; the pauses double up to it.
    """

    def __init__(self, what: str, *, longest_pause: float) -> None:
        self._what = what
        self._longest_pause = longest_pause
        self._lock = Lock()
        self._failures = 0
        self._resume_at = 0.0

    @property
    def seconds_left(self) -> float:
        """How long to leave it alone."""
        return max(0.0, self._resume_at - time.monotonic())

    def failed(self, reason: str) -> None:
        """Begin a pause; failures inside a pause are those of tries that began before it.

        Args:
            reason: For the log; neither an address nor a secret.
        """
        with self._lock:
            if self.seconds_left:
                return
            if not self._failures:
                log.error("%s fails and is tried again and again: %s", self._what, reason)
            pause = FIRST_PAUSE_SECONDS * 2 ** min(self._failures, 16)
            self._failures += 1
            self._resume_at = time.monotonic() + min(pause, self._longest_pause)

    def worked(self) -> None:
        with self._lock:
            if self._failures:
                log.info("%s works again after %d tries.", self._what, self._failures)
            self._failures, self._resume_at = 0, 0.0


def where(error: BaseException) -> str:
    """Return the class of an error and the line it came from; its own words may hold an address or a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__

"""A mongod that this process owns, and keeps running until it is stopped."""

import contextlib
import logging
import signal
import threading
import time

from local_mongo import diagnosis, places, replica_set
from local_mongo.errors import LocalMongoError
from local_mongo.mongod import Mongod, Plan

START_SECONDS = 60
# mongod mostly takes 1.1 s, of which it sleeps for one; to kill it loses nothing that was acknowledged.
STOP_SECONDS = 1.3
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 30.0

log = logging.getLogger(__name__)


class Instance:
    """The running mongod; one thread, which lives as long as mongod may, starts it and starts it again when it ends.

    Attributes:
        is_service: Its owner is there to serve, and does not wait for others when it stops.
    """

    def __init__(self, plan: Plan, *, is_service: bool) -> None:
        self.is_service = is_service
        self.lock = plan.lock
        self._plan = plan
        self._mongod: Mongod | None = None
        self._failure: LocalMongoError | None = None
        self._settled = threading.Event()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="local-mongo", daemon=True)

    @property
    def uri(self) -> str:
        return replica_set.uri_of(self._plan.socket)

    @property
    def pid(self) -> int | None:
        """The process id of mongod; another one after it had to be started again."""
        return self._mongod.pid if self._mongod else None

    def is_running(self) -> bool:
        return self._mongod is not None and self._mongod.status is None

    def start(self) -> None:
        """Start mongod and wait until it takes writes.

        Raises:
            LocalMongoError: It could not be started.
        """
        self._keeper.start()
        try:
            self._settled.wait()
        except BaseException:  # a signal while waiting must not leave mongod behind
            self.stop()
            raise
        if self._failure:
            self.stop()
            raise self._failure

    def stop(self) -> None:
        """Stop mongod and let go of the data directory; does nothing the second time."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        for which, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, START_SECONDS)):
            if self._mongod:
                self._mongod.send(which)
            self._keeper.join(seconds)
            if not self._keeper.is_alive():
                break
        self._tidy()

    def _tidy(self) -> None:
        self._plan.places.forget_owner()
        self._plan.socket.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._plan.socket.parent.rmdir()
        self.lock.release()

    def _keep(self) -> None:
        # Signals are for the main thread: one that ends up here would not wake it.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            self._run()
            if self._failure:
                return
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - started > STEADY_SECONDS else pause * 2
            self._stopping.wait(min(pause, LONGEST_PAUSE_SECONDS))

    def _run(self) -> None:
        """Run mongod once, until it ends."""
        try:
            self._run_once()
        except (LocalMongoError, OSError) as error:
            self._report(error if isinstance(error, LocalMongoError) else LocalMongoError(f"mongod: {error}"))
        finally:
            if self._mongod:
                self._mongod.kill()
            self._settled.set()

    def _run_once(self) -> None:
        places.turn_log(self._plan.places.log)
        self._mongod = mongod = Mongod(self._plan)
        self._await_start(mongod)
        self._settled.set()
        status = mongod.wait()
        if not self._stopping.is_set():
            log.error("The embedded MongoDB ended with status %s and is started again.", status)

    def _await_start(self, mongod: Mongod) -> None:
        """Wait until mongod takes writes, or is to be stopped.

        Raises:
            LocalMongoError: It ended, or took too long.
        """
        deadline = time.monotonic() + START_SECONDS

        def go_on() -> bool:
            return mongod.status is None and time.monotonic() < deadline and not self._stopping.is_set()

        if replica_set.await_writable(self._plan.socket, go_on=go_on) or self._stopping.is_set():
            return
        if mongod.status is not None:
            raise LocalMongoError(diagnosis.explain(mongod, places=self._plan.places))
        raise LocalMongoError(
            f"The embedded MongoDB was not ready after {START_SECONDS} s: {self._plan.places.log} says more."
        )

    def _report(self, error: LocalMongoError) -> None:
        """Tell whoever waits for the first start; a later one is tried again."""
        if self._settled.is_set():
            log.error("%s", error)
        else:
            self._failure = error

"""The parent of everything: it owns mongod and the mail worker, and keeps the workers running."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import local_mongo
from local_mongo import LocalMongoError
from main_project.env import Environment
from main_project.server import announcement, control_signals, meters, ports, tenancy
from main_project.server.errors import RefusedError
from main_project.server.family import Origin
from main_project.server.workers import Workers
from user_auth.mail import worker as mail_worker
from user_auth.sessions import watching

# How long what a killed predecessor left behind may take to go.
AFTERLIFE_SECONDS = 5
# From the signal on; the workers stop meanwhile.
MAIL_STOP_SECONDS = 1.4


def run(environment: Environment) -> int:
    """Serve until a signal comes; return the exit status. What keeps the service from starting is one line."""
    # Until there is more to stop than this process, both signals end it as Ctrl-C does, which tidies up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    control_signals.hold_hang_ups()
    try:
        with ExitStack() as stack:
            # Before anything is opened that they would have a copy of.
            spares = Origin.spares(environment.workers)
            was_killed = stack.enter_context(tenancy.hold(environment.data_dir))
            address = ports.find(environment.host, environment.port)
            ports.check_free(address, wait_seconds=AFTERLIFE_SECONDS if was_killed else 0)
            meters.begin(environment.data_dir)
            mongodb_uri = stack.enter_context(database(environment))
            duties = {"mongodb_uri": mongodb_uri, "data_dir": str(environment.data_dir)}
            workers = Workers(address, spares=spares, duties=duties)
            return _serve(environment, address=address, workers=workers)
    except (RefusedError, LocalMongoError) as refusal:
        print(refusal, file=sys.stderr)
        return 1


@contextmanager
def database(environment: Environment) -> Iterator[str | None]:
    """Own the embedded MongoDB, if it is to be used; gives where it is.

    Raises:
        LocalMongoError: It could not be started.
    """
    if not environment.embedded:
        yield None
        return
    instance = local_mongo.own(environment.data_dir)
    try:
        yield instance.uri
    finally:
        instance.stop()


class MailWorker:
    """The mail worker, in a thread of this process."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._last_instant = float("inf")
        self._thread = threading.Thread(target=mail_worker.run, args=(self._stop,), name="mail-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, without waiting."""
        self._last_instant = min(self._last_instant, time.monotonic() + MAIL_STOP_SECONDS)
        self._stop.set()

    def join(self) -> None:
        """Wait for it to end, for a time counted from ``stop``; a mail not done by then is sent again by the next."""
        self._thread.join(max(0.0, self._last_instant - time.monotonic()))


def _serve(environment: Environment, *, address: ports.Address, workers: Workers) -> int:
    mail = MailWorker()

    def stop() -> None:
        watching.stop()
        mail.stop()
        workers.stop()

    control_signals.watch(stop=stop, renew=workers.renew)
    # Only now, so that the threads of either inherit the blocked signals.
    mail.start()
    watching.start()
    announcement.announce(environment, address=address, up=workers.are_up.set)
    status = workers.run()
    watching.stop()
    mail.stop()
    mail.join()
    return status

"""Signals that stop the service, taken in a thread of their own.

They are blocked everywhere else, and so in the workers from their first instant: Ctrl-C, which a terminal sends to
all of them, reaches the parent alone, and a worker that is still importing is not torn out of it.
"""

import signal
import threading
from collections.abc import Callable
from multiprocessing import resource_tracker

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def watch(stop: Callable[[], None]) -> None:
    """From now on call ``stop`` for each signal; to be called from the main thread, before others are started."""
    heeded = {which for which in STOPPING if signal.getsignal(which) is not signal.SIG_IGN}  # nohup ignores SIGHUP
    # It would be started with the first worker, and unblocks signals where it is started from.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)

    def take() -> None:
        while True:
            if signal.sigwait(STOPPING) in heeded:
                stop()

    threading.Thread(target=take, name="stop-signals", daemon=True).start()

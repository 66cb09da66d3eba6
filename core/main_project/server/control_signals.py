"""Signals that ask something of the whole service, taken in a thread of their own.

They are blocked everywhere else, and so in the workers from their first instant: Ctrl-C, which a terminal sends to
all of them, reaches the parent alone, and a worker that is still importing is not torn out of it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HEEDED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
# What the parent asks of a single worker: to take no further connection, finish what has begun, and end.
RETIRE = signal.SIGUSR1


def hold_hang_ups() -> None:
    """Let SIGHUP wait for ``watch``: what asks for new workers must not end a service that is just starting."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


@contextmanager
def held() -> Iterator[None]:
    """Have signals wait while the block runs; in what is forked from it they stay blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def watch(*, stop: Callable[[], None], renew: Callable[[], None]) -> None:
    """From now on call ``stop`` or ``renew`` for each signal; from the main thread, before others are started.

    SIGHUP means two things: an operator asks for new workers, or the terminal that the service was started in has gone.
    """
    heeded = {which for which in HEEDED if signal.getsignal(which) is not signal.SIG_IGN}  # nohup ignores SIGHUP
    had_terminal = _has_terminal()
    signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)

    def take() -> None:
        while True:
            which = signal.sigwait(HEEDED)
            if which not in heeded:
                continue
            if which == signal.SIGHUP and _has_terminal() == had_terminal:
                renew()
            else:
                stop()

    threading.Thread(target=take, name="control-signals", daemon=True).start()


def _has_terminal() -> bool:
    """Whether this process has a controlling terminal; the kernel takes it away before it sends the hang-up."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True

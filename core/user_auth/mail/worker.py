"""The loop that sends the mail, and does the chores of the rooms above.

Any number of them can run, on any number of machines; MongoDB shares the work out.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Semaphore, Thread

from user_auth import audit
from user_auth.mail import outbox
from user_auth.mail.arrivals import Arrivals
from user_auth.mail.delivery import deliver
from user_auth.mail.documents import Mail
from user_auth.mail.outages import Outage, where
from user_auth.mail.transport import Transport, UnreachableError
from user_auth.mongo import indexes

log = logging.getLogger("user_auth.mail")

# Mails that are sent at the same time: one whose server hangs until the timeout holds up none of the others.
SENDERS = 4
CHORES_EVERY_SECONDS = 5.0
# The database is back for everybody within seconds, so for mail too.
LONGEST_DATABASE_PAUSE = 2.0
LONGEST_PAUSE = 30.0
# What is being sent at the end gets this long; the rest is sent by the next worker once the lease has lapsed.
LAST_SECONDS = 2.0

Chore = Callable[[], object]

_chores: list[Chore] = []


def chore(do: Chore) -> Chore:
    """Register something to be done every few seconds, by each worker: a sweep that completes what a crash left open."""
    _chores.append(do)
    return do


def run(stop: Event) -> None:
    """Send mails until ``stop`` is set. Neither MongoDB nor SMTP need be there: both are waited for."""
    Worker(stop).run()


def deliver_due() -> int:
    """Send what is due now, one after the other, and return how many mails left."""
    sent = 0
    with Transport() as transport:
        try:
            while (mail := outbox.claim()) is not None:
                sent += deliver(mail, transport=transport)
        except UnreachableError as error:
            log.warning("Mail cannot leave: %s", error)
    return sent


class Worker:
    """One loop for arrivals and chores, and a few threads that send."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._arrivals = Arrivals()
        self._free_senders = Semaphore(SENDERS)
        self._database = Outage("The mail queue", longest_pause=LONGEST_DATABASE_PAUSE)
        self._way_out = Outage("Sending mail", longest_pause=LONGEST_PAUSE)
        self._indexes = _Guarded(_ensure_indexes, longest_pause=LONGEST_DATABASE_PAUSE)
        self._has_indexes = False
        self._chores = [_Guarded(each, longest_pause=LONGEST_PAUSE) for each in _chores]
        self._chores_at = 0.0

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                self._round()
            except Exception as error:  # noqa: BLE001 - the loop is the edge of the process
                self._database.failed(where(error))
                self._arrivals.close()
                self._stop.wait(self._database.seconds_left)
            else:
                self._database.worked()
        self._end()

    def _round(self) -> None:
        self._has_indexes = self._has_indexes or self._indexes.do()
        self._do_chores()
        self._start_senders()
        self._arrivals.wait(self._stop)

    def _do_chores(self) -> None:
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + CHORES_EVERY_SECONDS
            for each in self._chores:
                each.do()

    def _start_senders(self) -> None:
        """Start a sender for each mail that is due, as long as one is free."""
        while not self._way_out.seconds_left and self._free_senders.acquire(blocking=False):
            mail = self._claim()
            if mail is None:
                return
            # Not joined at the end of the process: a server that hangs must not hold that up.
            Thread(target=self._send_from, args=(mail,), name="mail-sender", daemon=True).start()

    def _claim(self) -> Mail | None:
        """Claim a mail for the sender that was just taken; without a mail it is free again."""
        mail = None
        try:
            mail = outbox.claim()
        finally:
            if mail is None:
                self._free_senders.release()
        return mail

    def _send_from(self, mail: Mail) -> None:
        """Send a mail, and then whatever else is due, over one connection."""
        try:
            with Transport() as transport:
                self._send_all(mail, transport)
        except UnreachableError as error:
            self._way_out.failed(str(error))
        except Exception as error:  # noqa: BLE001 - as above, for this thread
            self._database.failed(where(error))
        finally:
            self._free_senders.release()

    def _send_all(self, first: Mail, transport: Transport) -> None:
        mail: Mail | None = first
        while mail is not None:
            deliver(mail, transport=transport)
            self._way_out.worked()
            mail = None if self._stop.is_set() else outbox.claim()

    def _end(self) -> None:
        self._arrivals.close()
        until = time.monotonic() + LAST_SECONDS
        for _ in range(SENDERS):
            self._free_senders.acquire(timeout=max(0.0, until - time.monotonic()))


class _Guarded:
    """A chore whose failing is nobody else's."""

    def __init__(self, do: Chore, *, longest_pause: float) -> None:
        self._do = do
        self._outage = Outage(f"The chore {getattr(do, '__qualname__', do)}", longest_pause=longest_pause)

    def do(self) -> bool:
        """Do it, unless it has just failed; tell whether it was done."""
        if self._outage.seconds_left:
            return False
        try:
            self._do()
        except Exception as error:  # noqa: BLE001 - written elsewhere, and the loop must go on
            self._outage.failed(where(error))
            return False
        self._outage.worked()
        return True


def _ensure_indexes() -> None:
    for finding in indexes.ensure():
        log.warning("Index: %s", finding)
        audit.record(
            audit.Event.INDEX_WRONG, outcome="failure", caller=None, subject=None, details={"finding": finding}
        )

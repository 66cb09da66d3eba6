"""Clients that ask again and again, and note what became of each request."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from tests.harness.service import Service

SECONDS = 20


@dataclass
class Outcomes:
    """What became of the requests so far; safe from any thread.

    Attributes:
        counts: By status, or by the name of the error.
        slowest_seconds: The longest wait for an answer.
    """

    counts: Counter[int | str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: int | str, *, seconds: float) -> None:
        with self._lock:
            self.counts[outcome] += 1
            self.slowest_seconds = max(self.slowest_seconds, seconds)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} x {outcome}" for outcome, count in self.counts.most_common())
        return f"{counts}; slowest {self.slowest_seconds * 1000:.0f} ms"


Client = Callable[[Service, Outcomes, threading.Event], None]


@contextmanager
def under_load(service: Service, *clients: Client) -> Iterator[Outcomes]:
    """Have clients ask, each in a thread, until the block ends."""
    outcomes, is_over = Outcomes(), threading.Event()
    threads = [threading.Thread(target=client, args=(service, outcomes, is_over)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        is_over.set()
        for thread in threads:
            thread.join(SECONDS * 2)


def asking(path: str, *, method: str = "GET", keeping: bool = False, pause_seconds: float = 0.0) -> Client:
    """Return a client that asks for a path, over one connection each time or over one that it keeps while it can."""

    def ask(service: Service, outcomes: Outcomes, is_over: threading.Event) -> None:
        connection = _connection(service)
        while not is_over.is_set():
            started = time.monotonic()
            try:
                connection.request(method, path, headers={} if keeping else {"Connection": "close"})
                with closing(connection.getresponse()) as answer:
                    answer.read()
                    outcome: int | str = answer.status
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                outcome = type(error).__name__
            outcomes.note(outcome, seconds=time.monotonic() - started)
            is_over.wait(pause_seconds)
        connection.close()

    return ask


def _connection(service: Service) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(service.host, service.port, timeout=SECONDS)

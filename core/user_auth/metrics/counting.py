"""The calls by which the other rooms count; each takes one or two microseconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Gauge

from user_auth.metrics import families


def count_request(*, endpoint: str, method: str, outcome: str) -> None:
    """Count an answer.

    Args:
        endpoint: The name of its URL pattern, or a word for what has none.
        outcome: The status, or the code of a refusal.
    """
    families.REQUESTS[endpoint, method, outcome].inc()


def observe_request(seconds: float, *, endpoint: str) -> None:
    families.REQUEST_SECONDS[endpoint,].observe(seconds)


def count_check(outcome: str) -> None:
    """Count a token judged: ``hit`` and ``miss`` for good ones, else the refusal's code.

    For hits in front of Django there is ``lane_hits``, which costs a twentieth.
    """
    families.SESSION_CHECKS[outcome,].inc()


def count_cache_refused(reason: str) -> None:
    """Count a check that the cache could not answer, and why: ``absent``, ``epoch_changed``, ``watcher_stale`` and so on."""
    families.CACHE_REFUSED[reason,].inc()


def observe_watcher_lag(seconds: float, *, collection: str) -> None:
    """Note how long after its write an event arrived; clocks that differ can make it negative, which counts as none."""
    families.WATCHER_LAG[collection,].observe(max(0.0, seconds))


@contextmanager
def in_hand(pool: str) -> Iterator[None]:
    """Count whatever is inside the block as in the hands of a pool of threads."""
    with _inside(families.IN_HAND[pool,]):
        yield


@contextmanager
def waiting_for_hashing(work: str) -> Iterator[None]:
    """Count whoever is inside the block as waiting for a core; ``work`` is ``hash`` or ``verify``."""
    with _inside(families.HASHING_WAITING[work,]):
        yield


def observe_hashing_wait(seconds: float, *, outcome: str) -> None:
    """Note how long a password waited before it was ``served`` or ``refused``."""
    families.HASHING_WAIT[outcome,].observe(seconds)


@contextmanager
def hashing(work: str) -> Iterator[None]:
    """Measure the block: ``hash`` or ``verify`` of one password."""
    began = time.monotonic()
    try:
        yield
    finally:
        families.HASHING_SECONDS[work,].observe(time.monotonic() - began)


def observe_delivery(seconds: float, *, outcome: str) -> None:
    families.DELIVERIES[outcome,].observe(seconds)


def count_limit_refused(*, action: str, by: str) -> None:
    """Count a try that was refused: by the allowance of the ``client`` address or of the ``account``."""
    families.LIMITS_REFUSED[action, by].inc()


def observe_database(seconds: float, *, command: str) -> None:
    families.DATABASE_SECONDS[command,].observe(seconds)


def count_database_error(error: str) -> None:
    """Count a command that failed, by MongoDB's own name for the failure, or by the class of a broken connection's."""
    families.DATABASE_ERRORS[error,].inc()


@contextmanager
def _inside(gauge: Gauge) -> Iterator[None]:
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()

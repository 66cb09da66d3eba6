"""Every metric: its name, its labels, its buckets. ``docs/operating.md`` explains each.

Labels take few values, all of them ours: never a path, an address or an id. Each metric has at least one, because one
without labels would be opened by the import, before ``share`` has said where.
"""

from typing import Any, Generic, TypeVar

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

PREFIX = "user_auth_"
REQUEST_BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.5)
DATABASE_BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)
LAG_BUCKETS = (0.002, 0.005, 0.01, 0.05, 0.25, 1.0)
HASHING_BUCKETS = (0.1, 0.2, 0.3, 0.5, 1.0)
WAIT_BUCKETS = (0.01, 0.1, 0.5, 1.0, 2.0)
DELIVERY_BUCKETS = (0.05, 0.25, 1.0, 5.0, 15.0)

M = TypeVar("M", bound=MetricWrapperBase)


class Children(dict[tuple[str, ...], M], Generic[M]):
    """A metric's children by their labels' values: several times as fast as its own ``labels``."""

    def __init__(self, metric: M) -> None:
        super().__init__()
        self.metric = metric
        _FAMILIES.append(self)

    def __missing__(self, values: tuple[str, ...]) -> M:
        child = self[values] = self.metric.labels(*values)
        return child


_FAMILIES: list[Children[Any]] = []


def families() -> list[MetricWrapperBase]:
    """Return every metric."""
    return [children.metric for children in _FAMILIES]


def is_counting() -> bool:
    """Tell whether anything has been counted yet."""
    return any(_FAMILIES)


def _counter(name: str, help_text: str, *labels: str) -> Children[Counter]:
    return Children(Counter(PREFIX + name, help_text, labels, registry=REGISTRY))


def _histogram(name: str, help_text: str, *labels: str, buckets: tuple[float, ...]) -> Children[Histogram]:
    return Children(Histogram(PREFIX + name, help_text, labels, buckets=buckets, registry=REGISTRY))


REQUESTS = _counter("requests_total", "Requests answered.", "endpoint", "method", "outcome")
REQUEST_SECONDS = _histogram(
    "request_duration_seconds", "Time that Django took for a request.", "endpoint", buckets=REQUEST_BUCKETS
)
IN_HAND = Children(
    Gauge(
        PREFIX + "requests_in_hand",
        "Requests that wait for a thread or have one.",
        ["pool"],
        multiprocess_mode="livesum",
    )
)
SESSION_CHECKS = _counter("session_checks_total", "Tokens judged.", "outcome")
CACHE_REFUSED = _counter("session_cache_refused_total", "Checks that the cache could not answer.", "reason")
WATCHER_LAG = _histogram(
    "watcher_lag_seconds", "From a write to its arrival by change stream.", "collection", buckets=LAG_BUCKETS
)
HASHING_WAITING = Children(
    Gauge(PREFIX + "hashing_waiting", "Passwords that wait for a core.", ["work"], multiprocess_mode="livesum")
)
HASHING_WAIT = _histogram(
    "hashing_wait_seconds", "Time that passwords waited for a core.", "outcome", buckets=WAIT_BUCKETS
)
HASHING_SECONDS = _histogram(
    "hashing_duration_seconds", "Time that hashing or comparing took.", "work", buckets=HASHING_BUCKETS
)
DELIVERIES = _histogram(
    "mail_delivery_seconds", "Time that one try to send a mail took.", "outcome", buckets=DELIVERY_BUCKETS
)
LIMITS_REFUSED = _counter("limits_refused_total", "Tries refused because an allowance was used up.", "action", "by")
DATABASE_SECONDS = _histogram(
    "database_command_seconds", "Time that MongoDB took for a command.", "command", buckets=DATABASE_BUCKETS
)
DATABASE_ERRORS = _counter("database_errors_total", "Commands that MongoDB refused or did not answer.", "error")

"""Which requests wait for what."""

from collections.abc import Iterator
from functools import lru_cache

from django.urls import URLPattern, URLResolver, get_resolver

Which = tuple[str, str]

HEALTH: Which = ("GET", "/healthz")
METRICS: Which = ("GET", "/metrics")


@lru_cache(maxsize=1)
def with_passwords() -> frozenset[Which]:
    """Return the requests that hash or compare a password, by method and path."""
    found = _patterns(get_resolver().url_patterns, prefix="/")
    return frozenset(which for path, pattern in found for which in _hashing(path, pattern))


def _patterns(patterns: list[URLPattern | URLResolver], *, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, prefix=path)
        else:
            yield path, pattern


def _hashing(path: str, pattern: URLPattern) -> Iterator[Which]:
    operations = getattr(getattr(pattern.callback, "view_class", None), "operations", {})
    for method, operation in operations.items():
        if operation.takes_password:
            yield method, path

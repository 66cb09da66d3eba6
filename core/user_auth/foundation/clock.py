"""The one source of time."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the time in UTC, in whole milliseconds: what MongoDB keeps, so that a stored time compares equal."""
    moment = _source()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp() -> float:
    """Return the time in seconds since 1970, as exactly as it is known: for what is compared ten thousand times a second."""
    return _source().timestamp()


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from ``source`` (aware datetimes); ``None`` goes back to the system's clock."""
    global _source  # noqa: PLW0603 - one clock a process is the point
    _source = source or _system

"""How one setting's value is read: from text, as the environment gives it, or as the Python value itself.

Every reader returns the typed value or raises ``ValueError`` with the rest of a sentence that begins with the
setting's name: what is wrong, then what to do. No message repeats a value that could be secret.
"""

import ipaddress
import math
from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from user_auth.foundation import windows as rates
from user_auth.foundation.colors import Color
from user_auth.foundation.windows import Window

MAX_LINE = 200
DEFAULT_PORTS = {"http": ":80", "https": ":443"}

E = TypeVar("E", bound=StrEnum)
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text; put it in quotes.")  # noqa: TRY004 - all problems of a value are one kind
    return value.strip()


def line(value: object) -> str:
    """One line of printable text; ``None`` is empty."""
    read = text("" if value is None else value)
    if not read.isprintable() or len(read) > MAX_LINE:
        raise ValueError(f"must be one line of at most {MAX_LINE} printable characters.")
    return read


def image(value: object) -> str:
    """A path of the service's own host, or the picture itself as a ``data:`` URL; empty for none."""
    read = text(value)
    is_own = read.startswith("data:image/") or (read.startswith("/") and not read.startswith("//"))
    if read and not (is_own and read.isprintable()):
        raise ValueError(
            "must be a path such as /static/logo.svg, or begin with data:image/ (pages load nothing else)."
        )
    return read


def color(value: object) -> str:
    """A color as ``#rrggbb``; empty for none."""
    read = text(value)
    try:
        return str(Color.parse(read)) if read else ""
    except ValueError as error:
        raise ValueError("must be a color such as #1d4ed8.") from error


def secret(value: object) -> str:
    read = text("" if value is None else value)
    if not read:
        raise ValueError(
            "is missing; set it to a long random text (python3 -c 'import secrets; print(secrets.token_urlsafe(48))')."
        )
    return read


def secrets(value: object) -> tuple[str, ...]:
    return items(value)


def items(value: object) -> tuple[str, ...]:
    """Text separated by commas, or a list of texts."""
    parts: Iterable[object] = (
        value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    )
    return tuple(part for part in map(text, parts) if part)


def integer(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        try:
            number = int(str(value).strip(), base=10) if not isinstance(value, bool) else least - 1
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}.")
        return number

    return read


def duration(unit: str, *, least: float, most: float) -> Callable[[object], timedelta]:
    """A number of ``unit`` (a keyword of ``timedelta``), decimals allowed."""

    def read(value: object) -> timedelta:
        if isinstance(value, timedelta):
            number = value / timedelta(**{unit: 1})
        else:
            try:
                number = float(str(value).strip()) if not isinstance(value, bool) else math.nan
            except ValueError:
                number = math.nan
        if not least <= number <= most:
            raise ValueError(f"must be a number of {unit} from {least:g} to {most:g}.")
        return timedelta(**{unit: number})

    return read


def switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word in ("on", "true", "yes", "1"):
        return True
    if word in ("off", "false", "no", "0"):
        return False
    raise ValueError("must be on or off.")


def one_of(*names: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in names:
            raise ValueError(f"must be one of: {', '.join(names)}.")
        return str(value)

    return read


def choice(kind: type[E]) -> Callable[[object], E]:
    read_name = one_of(*kind)
    return lambda value: kind(read_name(value))


def path(value: object) -> Path | None:
    if isinstance(value, Path) or value is None:
        return value
    return Path(text(value)).expanduser() if text(value) else None


def mongodb_uri(value: object) -> str | Callable[[], str]:
    """A connection string, or a function that returns one on first use."""
    if callable(value):
        return value
    uri = text(value)
    if not uri.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("must begin with mongodb:// or mongodb+srv://.")
    return uri


def origin(value: object) -> str:
    """A scheme and a host, without path: ``https://app.example.com``."""
    read = text(value).rstrip("/").lower()
    if not _is_origin(read):
        raise ValueError("must be an origin such as https://app.example.com, without path.")
    # Browsers leave the protocol's own port out.
    scheme, _, host = read.partition("://")
    return f"{scheme}://{host.removesuffix(DEFAULT_PORTS[scheme])}"


def _is_origin(read: str) -> bool:
    try:
        parts = urlsplit(read)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A port that is none.
        return False
    has_only_host = read == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
    return has_host and has_only_host and parts.scheme in ("http", "https")


def origins(value: object) -> tuple[str, ...]:
    return tuple(origin(item) for item in items(value))


def networks(value: object) -> tuple[IpNetwork, ...]:
    try:
        return tuple(ipaddress.ip_network(item) for item in items(value))
    except ValueError as error:
        raise ValueError("must be networks in CIDR form, such as 10.0.0.0/8,::1/128.") from error


def windows(value: object) -> tuple[Window, ...]:
    if isinstance(value, tuple) and value and all(isinstance(item, Window) for item in value):
        return value
    return rates.parse(text(value))

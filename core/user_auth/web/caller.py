"""Who is asking, from what the request says and which of it can be believed."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from user_auth import conf
from user_auth.foundation.caller import Caller
from user_auth.readers import IpNetwork
from user_auth.web import cookies, credentials, languages, request_ids

MAX_USER_AGENT = 300
# A peer on a Unix socket has no address; all such peers count as one.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a placeholder, nothing listens
# What proxies add: the peer is then the proxy, and says nothing of who is behind it.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
_FORWARDED_PREFIX = "HTTP_X_FORWARDED"

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_caller(request: HttpRequest) -> Caller:
    """Return who is asking; never fails."""
    return Caller(
        ip=client_address(
            request.META.get("REMOTE_ADDR", ""),
            forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
            trusted=conf.settings().trusted_proxies,
        ),
        user_agent=_clean(request.META.get("HTTP_USER_AGENT", "")),
        request_id=request_ids.of(request),
        device_token=credentials.cookie_value(request, cookies.device_name()),
        language=languages.of(request),
    )


def client_address(peer: str, *, forwarded_for: str, trusted: Sequence[IpNetwork]) -> str:
    """Return the address of the client behind the trusted proxies, normalized.

    Args:
        peer: Who the connection comes from.
        forwarded_for: ``X-Forwarded-For``: each proxy has added at its right who had come to it.
    """
    nearest = _address(peer)
    if nearest is None:
        return UNKNOWN_ADDRESS
    for hop in _hops(forwarded_for):
        if hop is None or not _is_trusted(nearest, trusted):
            break
        nearest = hop
    return str(nearest)


def is_direct(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request comes straight from this machine: from loopback, and through no proxy."""
    was_forwarded = any(name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name in environ)
    peer = _address(str(environ.get("REMOTE_ADDR", "")))
    return not was_forwarded and peer is not None and peer.is_loopback


def _hops(forwarded_for: str) -> Iterator[IpAddress | None]:
    return (_address(entry) for entry in reversed(forwarded_for.split(",")))


def _address(text: str) -> IpAddress | None:
    """Read an address; an IPv4 one inside IPv6 comes out as IPv4, a zone is dropped."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_trusted(address: IpAddress, networks: Sequence[IpNetwork]) -> bool:
    return any(address in network for network in networks)


def _clean(user_agent: str) -> str:
    return "".join(filter(str.isprintable, user_agent[: MAX_USER_AGENT * 4]))[:MAX_USER_AGENT]

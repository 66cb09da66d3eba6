"""Who may read the mailbox: whoever sits at the machine that a service in local mode runs on."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from user_auth import conf
from user_auth.mail import mailbox

# What proxies add: the peer is then the proxy, and says nothing of who is behind it.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
_FORWARDED_PREFIX = "HTTP_X_FORWARDED"


def is_open(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request may see the mailbox: local mode, no mail going out, straight from this machine."""
    return conf.settings().is_local and _is_direct(environ) and mailbox.is_in_use()


def _is_direct(environ: Mapping[str, Any]) -> bool:
    was_forwarded = any(name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name in environ)
    return not was_forwarded and _is_loopback(str(environ.get("REMOTE_ADDR", "")))


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback

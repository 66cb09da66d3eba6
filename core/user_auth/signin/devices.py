"""The device cookie: tells a browser that has signed in to an account before from a stranger's."""

import re

from user_auth import conf
from user_auth.crypto import digests
from user_auth.crypto.keys import Purpose
from user_auth.foundation import ids
from user_auth.foundation.addresses import EmailAddress

MAX_ACCOUNTS = 5
_BETWEEN = "~"
# Whatever else a browser sends is not sent back to it: the cookie would stay spoiled, or outgrow what browsers keep.
_ENTRY = re.compile(r"[A-Za-z0-9_-]{22}\.[0-9a-f]{64}")


def known(device_token: str, *, address: EmailAddress) -> str | None:
    """Return the device's id if the cookie proves that it has signed in to this account before."""
    for entry in _entries(device_token):
        device_id, _, signature = entry.partition(".")
        if digests.same(signature, _signature(device_id, address=address)):
            return device_id
    return None


def remember(device_token: str, *, address: EmailAddress) -> str:
    """Return the cookie with this account added; it keeps the latest few accounts, newest first."""
    entries = _entries(device_token)
    if not known(device_token, address=address):
        device_id = ids.random_id()
        entries = [f"{device_id}.{_signature(device_id, address=address)}", *entries]
    return _BETWEEN.join(entries[:MAX_ACCOUNTS])


def _entries(device_token: str) -> list[str]:
    return [entry for entry in device_token.split(_BETWEEN) if _ENTRY.fullmatch(entry)][:MAX_ACCOUNTS]


def _signature(device_id: str, *, address: EmailAddress) -> str:
    return digests.keyed_digest(conf.key(Purpose.DEVICE), device_id, address.digest)

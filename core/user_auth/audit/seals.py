"""Seals: an HMAC over a record's other fields, with a key that is not in the database."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from user_auth import conf
from user_auth.audit.documents import AuditEvent
from user_auth.crypto import digests, keys
from user_auth.crypto.keys import Purpose


def seal(event: AuditEvent) -> str:
    """Return the HMAC that a new record carries."""
    return digests.keyed_digest(conf.key(Purpose.AUDIT), _canonical(event.to_mongo()))


def is_genuine(record: Mapping[str, Any]) -> bool:
    """Return whether a record is as it was written, under the present ``SECRET_KEY`` or one of the fallbacks.

    Args:
        record: As the database has it, with all its fields: one that a newer release knows was sealed by that, and one
            that was put in afterwards is a change.
    """
    mac = record.get("mac")
    try:
        text = _canonical(record)
    except TypeError:
        # It holds what no record of ours does.
        return False
    return isinstance(mac, str) and any(digests.same(mac, digests.keyed_digest(key, text)) for key in _keys())


def _keys() -> Iterator[bytes]:
    yield conf.key(Purpose.AUDIT)
    for secret in conf.settings().secret_key_fallbacks:
        yield keys.derive(secret, Purpose.AUDIT)


def _canonical(record: Mapping[str, Any]) -> str:
    """Return all fields but the seal as one text: sorted, without those that hold nothing.

    Leaving those out keeps old records genuine when a later release adds a field.
    """
    values = {name: value for name, value in record.items() if name != "mac" and value not in (None, "", {})}
    return json.dumps(values, default=_as_text, sort_keys=True, separators=(",", ":"))


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"A record of the audit cannot hold a {type(value).__name__}.")

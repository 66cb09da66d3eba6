"""Seals: an HMAC over a record's other fields, with a key that is not in the database."""

import json
from datetime import datetime

from bson import ObjectId

from user_auth import conf
from user_auth.audit.documents import AuditEvent
from user_auth.crypto import digests, keys
from user_auth.crypto.keys import Purpose


def seal(event: AuditEvent) -> str:
    """Return the HMAC that a new record carries."""
    return digests.keyed_digest(conf.key(Purpose.AUDIT), _canonical(event))


def is_genuine(event: AuditEvent) -> bool:
    """Return whether a record is as it was written, under the present ``SECRET_KEY`` or one of the fallbacks."""
    settings, text = conf.settings(), _canonical(event)
    candidates = [
        digests.keyed_digest(keys.derive(secret, Purpose.AUDIT), text)
        for secret in (settings.secret_key, *settings.secret_key_fallbacks)
    ]
    return any(digests.same(event.mac or "", candidate) for candidate in candidates)


def _canonical(event: AuditEvent) -> str:
    """Return all fields but the seal as one text: sorted, without those that hold nothing.

    Leaving those out keeps old records genuine when a later release adds a field.
    """
    values = {name: value for name, value in event.to_mongo().items() if name != "mac" and value not in (None, "", {})}
    return json.dumps(values, default=_as_text, sort_keys=True, separators=(",", ":"))


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"A record of the audit cannot hold a {type(value).__name__}.")

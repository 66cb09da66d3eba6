"""``record``: the one call by which anything enters the audit."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from bson import ObjectId
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError

from user_auth.audit import runs, seals
from user_auth.audit.documents import AuditEvent
from user_auth.audit.events import Event
from user_auth.audit.lines import clean, line
from user_auth.audit.repeats import Repeats
from user_auth.crypto import digests
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller

KEPT = timedelta(days=400)
Outcome = Literal["success", "failure"]

_log = logging.getLogger("user_auth.audit")
_repeats = Repeats()
_NOBODY = Caller(ip="", user_agent="", request_id="")
_NOTHING: Mapping[str, str] = MappingProxyType({})


def record(
    event: Event, *, outcome: Outcome, caller: Caller | None, subject: str | None, details: Mapping[str, str] = _NOTHING
) -> None:
    """Record an event: one insert and one line in the log; of an event that is not stored, the line alone.

    Args:
        caller: Who asked; ``None`` for what the service does of itself.
        subject: The pseudonym of the user concerned, if there is one.
        details: A few short texts. Never a secret; addresses are masked here.

    Raises:
        OperationError, PyMongoError: The database did not take it. The log says so, which explains the gap.
    """
    caller, now = caller or _NOBODY, clock.now()
    happened = AuditEvent(
        id=ObjectId(),
        at=now,
        event=event.value,
        outcome=outcome,
        subject=subject,
        ip=clean(caller.ip),
        user_agent=clean(caller.user_agent),
        request_id=clean(caller.request_id),
        details={_name(name): clean(text) for name, text in details.items()},
        expires_at=now + KEPT,
    )
    if event.is_stored:
        _store(happened)
    elif _repeats.is_new(event, happened.ip):
        _say(happened)


def pseudonym(salt: bytes | str, user_id: str) -> str:
    """Return the name under which the audit knows a user; without the salt nothing leads from one to the other."""
    key = salt.encode() if isinstance(salt, str) else salt
    return digests.keyed_digest(key, user_id)


def _name(name: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in clean(name))


def _store(event: AuditEvent) -> None:
    event.run, event.sequence = runs.next_place()
    event.mac = seals.seal(event)
    try:
        event.save(force_insert=True)
    except (OperationError, PyMongoError):
        _log.error("%s stored=no", line(_values(event)), extra={"fields": {**_values(event), "stored": "no"}})
        raise
    _say(event)


def _say(event: AuditEvent) -> None:
    level = logging.INFO if event.outcome == "success" else logging.WARNING
    _log.log(level, "%s", line(_values(event)), extra={"fields": _values(event)})


def _values(event: AuditEvent) -> dict[str, str | int | None]:
    """Return what the log tells of an event; ``extra`` has it too, for logs that keep fields apart."""
    names = ("event", "outcome", "subject", "ip", "user_agent", "request_id", "run", "sequence")
    values = {name: getattr(event, name) for name in names}
    return {**values, **{f"details.{name}": text for name, text in event.details.items()}}

"""``find``: the records of the audit, looked through."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from mongoengine import Q

from user_auth.audit.documents import AuditEvent
from user_auth.audit.events import Event

Place = tuple[datetime, ObjectId]


def find(
    *, subject: str | None = None, event: Event | None = None, before: Place | None = None, most: int
) -> Sequence[AuditEvent]:
    """Return records, newest first; one that is made meanwhile moves none of the others.

    Args:
        subject: Only those of the user with this pseudonym.
        before: The time and the id of the last one that was seen.
    """
    records = AuditEvent.objects()
    if subject is not None:
        records = records(subject=subject)
    if event is not None:
        records = records(event=event.value)
    if before is not None:
        at, record_id = before
        # Said twice: the first bounds the index, the second is exact within a millisecond.
        records = records(at__lte=at)(Q(at__lt=at) | Q(id__lt=record_id))
    return list(records.order_by("-at", "-id").limit(most))

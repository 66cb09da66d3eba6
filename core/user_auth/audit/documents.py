"""The records of the audit."""

from typing import ClassVar

from mongoengine import DateTimeField, IntField, MapField, ObjectIdField, StringField

from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class AuditEvent(Document):
    """Something that happened. Written once, never changed. Shard key: ``_id``, hashed.

    Attributes:
        event: One of ``events.Event``.
        subject: The pseudonym of the user concerned; nobody's once the account is gone.
        run: The process that wrote it.
        sequence: Its place among the records of that process, from 1; a gap means that one is missing.
        mac: See ``seals``: a record that was changed does not match it.
    """

    id = ObjectIdField(primary_key=True)
    at = DateTimeField(required=True)
    event = StringField(required=True)
    outcome = StringField(required=True)
    subject = StringField()
    ip = StringField(default="")
    user_agent = StringField(default="")
    request_id = StringField(default="")
    details = MapField(StringField())
    run = StringField(required=True)
    sequence = IntField(required=True)
    mac = StringField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "audit"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index("expires_at", ttl=True),
        Index(("-at", "-_id")),
        Index(("subject", "-at", "-_id"), partial={"subject": {"$exists": True}}),
        Index(("event", "-at", "-_id")),
        Index(("run", "sequence")),
    )

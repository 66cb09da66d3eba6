"""The records of mail: what is to be sent, and what a developer's mailbox holds."""

from enum import StrEnum
from typing import ClassVar

from bson import ObjectId
from mongoengine import BinaryField, DateTimeField, IntField, MapField, ObjectIdField, StringField

from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class Status(StrEnum):
    """Where a mail of the outbox stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


class Mail(Document):
    """A mail to be sent. Shard key: none; a claim has no key to ask by, so the outbox stays on one shard.

    Attributes:
        kind: Which composer writes it, when it is sent and not before.
        to_digest: What finds it by its recipient: the address's digest, as in ``users``.
        data: What its composer needs besides ``challenge_id``; nothing secret.
        due_at: While queued, when to try; while being sent, when the lease of whoever sends it lapses.
        attempts: How often it was claimed. It names the lease: a claim by somebody else changes it.
        message_id: The same at every try, so that a second copy can be told from a second mail.
        sealed_code: The code of a try that may have reached somebody, encrypted; gone once the mail is sent or dead.
        last_error: A class and a status; neither an address nor a secret.
        created_at: When it was queued, the latest time.
        expires_at: A week after it was sent or given up.
    """

    id = ObjectIdField(primary_key=True, default=ObjectId)
    kind = StringField(required=True)
    to = StringField(required=True)
    to_digest = StringField(required=True)
    data = MapField(StringField())
    challenge_id = StringField()
    status = StringField(required=True, choices=[*Status])
    due_at = DateTimeField(required=True)
    attempts = IntField(default=0)
    message_id = StringField(required=True)
    sealed_code = BinaryField()
    last_error = StringField(default="")
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField()

    meta = {"collection": "outbox"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index(("status", "due_at")),
        Index("to_digest"),
        Index("expires_at", ttl=True),
    )


class KeptMail(Document):
    """A mail that went into the mailbox page instead of out. Shard key: none; there is one machine where it is used."""

    id = ObjectIdField(primary_key=True, default=ObjectId)
    to = StringField(default="")
    sender = StringField(default="")
    subject = StringField(default="")
    text = StringField(default="")
    html = StringField(default="")
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "mailbox"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index(("-created_at", "-_id")), Index("expires_at", ttl=True))

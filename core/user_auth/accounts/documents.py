"""The record of an account."""

from typing import ClassVar

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    ListField,
    MapField,
    ObjectIdField,
    StringField,
)

from user_auth.foundation.addresses import NOBODY, EmailAddress, parse
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class OwedMail(EmbeddedDocument):
    """A mail that a change owes to somebody, written with the change: ``notices`` queues it, and then it goes from here.

    Attributes:
        mail_id: The id that it will have in the outbox, so that it is queued once.
        at: When the change was made.
    """

    mail_id = ObjectIdField(required=True, default=ObjectId)
    kind = StringField(required=True)
    to = StringField(required=True)
    data = MapField(StringField())
    at = DateTimeField(required=True)

    meta = {"strict": False}  # noqa: RUF012 - MongoEngine's way


class User(Document):
    """One account. Shard key: ``email_digest``, ranged (unique, which a hashed key cannot be).

    Attributes:
        email: As its owner typed it: what is shown, and what mail goes to.
        canonical_email: What addresses are compared by, and searched by prefix.
        email_digest: SHA-256 of the canonical address, in hex.
        password_hash: See ``crypto.passwords``.
        has_signed_in: Whether there ever was a session.
        secured_at: When the password or the address was last set; challenges from before then open nothing.
        generation: A random id; a session of another generation is over, so one write here ends them all.
        generation_reason: Why the latest generation began.
        owed: Mails that the latest changes owe and that are not queued yet.
        audit_salt: What the account's pseudonym in the audit is made from; gone with the record.
        deleted_at: When its deletion began; nobody can sign in any more, and the record goes last.
    """

    id = ObjectIdField(primary_key=True, default=ObjectId)
    email = StringField(required=True)
    canonical_email = StringField(required=True)
    email_digest = StringField(required=True)
    email_verified = BooleanField(default=True)
    name = StringField(default="")
    password_hash = StringField(required=True)
    roles = ListField(StringField())
    has_signed_in = BooleanField(default=False)
    is_active = BooleanField(default=True)
    secured_at = DateTimeField(required=True)
    generation = StringField(default="")
    generation_reason = StringField(default="")
    owed = EmbeddedDocumentListField(OwedMail)
    audit_salt = StringField(required=True)
    created_at = DateTimeField(required=True)
    deleted_at = DateTimeField()

    meta = {"collection": "users"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index("email_digest", unique=True),
        Index("canonical_email"),
        Index("roles"),
        Index("deleted_at", partial={"deleted_at": {"$exists": True}}),
        Index("owed.at", partial={"owed.at": {"$exists": True}}),
    )

    @property
    def address(self) -> EmailAddress:
        return parse(self.email) if self.email else NOBODY

    @property
    def second_factors(self) -> list[str]:
        return []

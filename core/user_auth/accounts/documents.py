"""The record of an account."""

from typing import ClassVar

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, IntField, ListField, ObjectIdField, StringField

from user_auth.foundation.addresses import EmailAddress, parse
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class User(Document):
    """One account. Shard key: ``email_digest``, ranged (unique, which a hashed key cannot be).

    Attributes:
        email: As its owner typed it: what is shown, and what mail goes to.
        canonical_email: What addresses are compared by, and searched by prefix.
        email_digest: SHA-256 of the canonical address, in hex.
        password_hash: See ``crypto.passwords``.
        generation: A session of another generation is over; one write here ends them all.
        generation_reason: Why the latest generation began.
        audit_salt: What the account's pseudonym in the audit is made from; gone with the record.
    """

    id = ObjectIdField(primary_key=True, default=ObjectId)
    email = StringField(required=True)
    canonical_email = StringField(required=True)
    email_digest = StringField(required=True)
    email_verified = BooleanField(default=True)
    name = StringField(default="")
    password_hash = StringField(required=True)
    roles = ListField(StringField())
    is_active = BooleanField(default=True)
    generation = IntField(default=0)
    generation_reason = StringField(default="")
    audit_salt = StringField(required=True)
    created_at = DateTimeField(required=True)

    meta = {"collection": "users"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index("email_digest", unique=True),
        Index("canonical_email"),
    )

    @property
    def address(self) -> EmailAddress:
        return parse(self.email)

    @property
    def second_factors(self) -> list[str]:
        return []

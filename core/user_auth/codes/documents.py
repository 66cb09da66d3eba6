"""The records behind one-time codes."""

from typing import ClassVar

from mongoengine import DateTimeField, IntField, MapField, ObjectIdField, StringField

from user_auth.foundation.addresses import NOBODY, EmailAddress, parse
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class Challenge(Document):
    """Something that a code sent by mail will complete: a sign-up, say. Shard key: ``_id``, hashed.

    A challenge whose code opens nothing (the address has an account already) is a decoy. It looks and lives like
    any other, down to a code that nobody gets.

    Attributes:
        id: SHA-256 of the ``verification_id``, which is not stored.
        mail_id: The mail that carries its code; an earlier mail's code is void.
        data: What completing it needs; nothing that is secret in clear.
        guesses_left: Wrong codes that it survives; ``email_guesses_left`` the same for guesses by address,
            so that who knows only the address cannot kill it.
        used_at: When the right code came. What follows from it is completed by a sweep if the process dies.
    """

    id = StringField(primary_key=True)
    purpose = StringField(required=True)
    email = StringField(required=True)
    email_digest = StringField(required=True)
    data = MapField(StringField())
    mail_id = ObjectIdField(required=True)
    guesses_left = IntField(required=True)
    email_guesses_left = IntField(required=True)
    resend_at = DateTimeField(required=True)
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    used_at = DateTimeField()

    meta = {"collection": "challenges"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index("expires_at", ttl=True),
        Index(("email_digest", "purpose")),
        Index("data.user_id", partial={"data.user_id": {"$exists": True}}),
        Index("used_at", partial={"used_at": {"$exists": True}}),
    )

    @property
    def address(self) -> EmailAddress:
        return parse(self.email) if self.email else NOBODY


class Code(Document):
    """The code that one mail carries. Shard key: ``_id``, hashed.

    A challenge names its latest mail, so the codes of earlier ones are out of reach.

    Attributes:
        id: The mail's.
        digest: HMAC of purpose, challenge and code under a key that is not in the database.
        expires_at: Five minutes (``OTP_SECONDS``) after its mail was handed over.
    """

    id = ObjectIdField(primary_key=True)
    digest = StringField(required=True)
    guesses_left = IntField(required=True)
    email_guesses_left = IntField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "codes"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)

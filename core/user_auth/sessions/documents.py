"""The records of sessions, living and ended."""

from typing import ClassVar

from mongoengine import DateTimeField, IntField, ListField, ObjectIdField, StringField

from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index


class Session(Document):
    """A living session. Shard key: ``_id``, ranged.

    Attributes:
        id: See ``sessions.references``: it begins with the user's slot and holds the digest of the ``sid``.
        handle: The public name; stays when the secret is renewed.
        email_digests: The user's shard key, so that session and user are one look-up; two while the address changes.
        generation: The user's when it was started; another one there ends it.
        next_generation: One that is about to begin and that the session outlives.
        wrong_passwords: How many were tried in a row where it asks for the password again.
        authenticated_at: When its user last proved who they are.
        audit_subject: The user's pseudonym in the audit.
        expires_at: Whole seconds, the same as the token's ``exp``.
    """

    id = StringField(primary_key=True)
    handle = StringField(required=True)
    user_id = ObjectIdField(required=True)
    email_digests = ListField(StringField())
    generation = StringField(default="")
    next_generation = StringField()
    audit_subject = StringField(required=True)
    wrong_passwords = IntField(default=0)
    methods = ListField(StringField())
    ip = StringField(default="")
    user_agent = StringField(default="")
    created_at = DateTimeField(required=True)
    authenticated_at = DateTimeField(required=True)
    last_seen_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "sessions"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (
        Index(("user_id", "-created_at", "-_id")),
        Index("expires_at", ttl=True),
    )


class EndedSession(Document):
    """What is left of a session that was ended: the reason, for whoever still holds its token. Shard key: ``_id``, ranged."""

    id = StringField(primary_key=True)
    reason = StringField(required=True)
    expires_at = DateTimeField(required=True)

    meta = {"collection": "ended_sessions"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)

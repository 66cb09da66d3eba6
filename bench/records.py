"""Records of users and sessions as the service would have made them, for databases of many."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import MongoClient

from local_mongo import replica_set
from local_mongo.places import Places
from tests.harness.service import Service
from user_auth.sessions import references

Row = dict[str, Any]

UNKNOWN_PASSWORD = f"bcrypt-hmac-sha384$12${'p' * 12}${'h' * 60}"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
SESSION_LIFE = timedelta(days=7)


def uri_of(service: Service) -> str:
    """Return where the service's own database is, for somebody on its machine."""
    owner = Places(service.data_dir.resolve() / "mongo").read_owner()
    if owner is None:
        raise RuntimeError("The service has no database of its own.")
    return replica_set.uri_of(owner.socket)


def records_of(service: Service) -> "MongoClient[Row]":
    """Open the service's own database."""
    return MongoClient(uri_of(service), tz_aware=True)


def email_of(number: int) -> str:
    """Return the address of the person of that number."""
    return f"person.{number % 1000:03}.{number:07}@example.com"


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - no test moves it here


@dataclass(frozen=True)
class Crowd:
    """People by number, from 0; the same number gives the same person and the same session.

    Attributes:
        password_hash: Everybody's.
        key: What the secrets of their sessions are made from.
    """

    password_hash: str = UNKNOWN_PASSWORD
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    first_id: int = field(default_factory=lambda: int(str(ObjectId()), 16))
    at: datetime = field(default_factory=_now)

    def user(self, number: int) -> Row:
        email = email_of(number)
        return {
            "_id": self._user_id(number),
            "email": email,
            "canonical_email": email,
            "email_digest": _digest(email),
            "email_verified": True,
            "name": f"Person {number}",
            "password_hash": self.password_hash,
            "roles": [],
            "is_active": True,
            "secured_at": self.at,
            "generation": "",
            "generation_reason": "",
            "audit_salt": "s" * 22,
            "created_at": self.at,
        }

    def session(self, number: int, *, of: int) -> Row:
        """Return the session of that number; it is the user's of number ``of``."""
        user_id = self._user_id(of)
        return {
            "_id": references.session_id(user_id=str(user_id), sid=self.sid(number)),
            "handle": self._text(f"handle {number}")[:22],
            "user_id": user_id,
            "email_digests": [_digest(email_of(of))],
            "generation": "",
            "audit_subject": self._text(f"subject {of}")[:22],
            "wrong_passwords": 0,
            "methods": ["pwd"],
            "ip": f"198.51.{number // 250 % 250}.{number % 250}",
            "user_agent": USER_AGENT,
            "created_at": self.at,
            "authenticated_at": self.at,
            "last_seen_at": self.at,
            "expires_at": self.at.replace(microsecond=0) + SESSION_LIFE,
        }

    def sid(self, number: int) -> str:
        """Return the secret of the session of that number."""
        return self._text(f"sid {number}")

    def _user_id(self, number: int) -> ObjectId:
        return ObjectId(f"{self.first_id + number:024x}")

    def _text(self, purpose: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self.key, purpose.encode(), "sha256")).decode().rstrip("=")


def _digest(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()

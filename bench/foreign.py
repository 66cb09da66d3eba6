"""Sessions as the applications that the service is compared with keep them, and tokens for these."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
from bson import ObjectId
from pymongo import MongoClient

from tests.harness.service import DEFAULTS

CLAIMS = ("sub", "sid", "iat", "exp", "jti")

Claims = dict[str, Any]


def store(uri: str, tokens: Path) -> Path:
    """Store the sessions of the service's tokens for those applications; return a file with tokens for them."""
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in tokens.read_text().split()]
    with MongoClient[dict[str, Any]](uri) as client:
        database = client["bench"]
        database["one_read"].insert_many(map(_one_read, claims))
        database["average_users"].insert_many(map(_user, claims))
        database["average_sessions"].insert_many(map(_session, claims))
    file = tokens.with_name("foreign tokens")
    file.write_text("\n".join(map(_token, claims)))
    return file


def _token(claims: Claims) -> str:
    return jwt.encode({name: claims[name] for name in CLAIMS}, DEFAULTS["SECRET_KEY"], algorithm="HS256")


def _digest(claims: Claims) -> str:
    return hashlib.sha256(claims["sid"].encode()).hexdigest()


def _end(claims: Claims) -> datetime:
    return datetime.fromtimestamp(claims["exp"], UTC)


def _one_read(claims: Claims) -> dict[str, Any]:
    return {"_id": _digest(claims), "email": f"{claims['sub']}@example.com", "expires_at": _end(claims)}


def _user(claims: Claims) -> dict[str, Any]:
    email = f"{claims['sub']}@example.com"
    return {"_id": ObjectId(claims["sub"]), "email": email, "name": "Person", "created_at": _end(claims)}


def _session(claims: Claims) -> dict[str, Any]:
    return {"_id": _digest(claims), "user_id": ObjectId(claims["sub"]), "expires_at": _end(claims)}

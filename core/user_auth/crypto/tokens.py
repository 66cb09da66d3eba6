"""Session tokens: JWTs of one type, one algorithm and a fixed set of claims, each of them checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import jwt

from user_auth.crypto.keyrings import Keyring, PublicKey, generate_pem

__all__ = [
    "MAX_LENGTH",
    "MAX_LIFE_SECONDS",
    "Claims",
    "Keyring",
    "TokenError",
    "TokenExpiredError",
    "TokenInvalidError",
    "TokenKind",
    "decode",
    "generate_pem",
    "issue",
]

MAX_LENGTH = 4096
# Browsers keep no cookie longer (RFC 6265bis §5.5).
MAX_LIFE_SECONDS = 400 * 86400

# How far the clocks of two machines may be apart: a token is used at once on another than the one that made it.
_LEEWAY_SECONDS = 10
# Beyond this, JSON readers in other languages round.
_MAX_TIME = 2**53
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_HEADERS = {"alg", "typ", "kid"}
_CLAIMS = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"]

_JWT = jwt.PyJWT(options={"enforce_minimum_key_length": True})


class TokenKind(StrEnum):
    """The ``typ`` header: a token of one kind is never taken for another.

    Source: RFC 9068 §2.1; RFC 8725 §3.11.
    """

    SESSION = "at+jwt"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; times are whole seconds since 1970.

    Attributes:
        subject: ``sub``, the user's id.
        session_id: ``sid``, the session's secret; the database holds its digest only.
        token_id: ``jti``.
        issued_at: ``iat``.
        not_before: ``nbf``.
        expires_at: ``exp``, the first second in which the token is no longer good.
        auth_time: When the person last proved who they are.
        methods: ``amr``, how they did.
    """

    subject: str
    session_id: str
    token_id: str
    issued_at: int
    not_before: int
    expires_at: int
    auth_time: int
    methods: tuple[str, ...]


class TokenError(Exception):
    """The token does not stand for a session; the message never holds any of it."""


class TokenInvalidError(TokenError):
    """It was not made by this service for this purpose, or it is broken, or not good yet."""


class TokenExpiredError(TokenError):
    """It is genuine in everything, but its time is over.

    Attributes:
        claims: What it says.
    """

    def __init__(self, claims: Claims) -> None:
        super().__init__("expired")
        self.claims = claims


def issue(claims: Claims, *, keyring: Keyring, issuer: str, audience: str, kind: TokenKind = TokenKind.SESSION) -> str:
    """Sign a token.

    Raises:
        ValueError: The claims are such that ``decode`` would refuse them, or the token exceeds ``MAX_LENGTH``.
    """
    payload = {"iss": issuer, "aud": audience, **_to_payload(claims)}
    try:
        _read_claims(payload)
    except TokenInvalidError as error:
        raise ValueError(f"Such a token would never be accepted: {error}.") from error
    headers = {"typ": kind.value, "kid": keyring.kid}
    token = _JWT.encode(payload, keyring.signing_key, algorithm=keyring.algorithm, headers=headers)
    if len(token) > MAX_LENGTH:
        raise ValueError(f"A token may have {MAX_LENGTH} bytes at most.")
    return token


def decode(
    token: str, *, keyring: Keyring, issuer: str, audience: str, now: datetime, kind: TokenKind = TokenKind.SESSION
) -> Claims:
    """Verify a token and return what it says.

    Args:
        token: Whatever was presented.
        keyring: Its algorithm is the only one accepted.
        issuer: Must be equal to ``iss``.
        audience: Must be equal to ``aud``, which is one string.
        now: Aware.
        kind: Must be equal to ``typ``.

    Raises:
        TokenInvalidError: It is not one of ours, in any respect.
        TokenExpiredError: It is, but its time is over.

    Source: RFC 8725 §3; ASVS 9.1, 9.2.
    """
    # Before anything decodes it: the library takes a trailing "=", and fails on what is not ASCII.
    if len(token) > MAX_LENGTH or not _FORM.fullmatch(token):
        raise TokenInvalidError("not in the form of a token")
    try:
        key = _key_for(_headers(token.partition(".")[0]), keyring=keyring, kind=kind)
        payload = _verified(token, key=key, algorithm=keyring.algorithm, issuer=issuer, audience=audience)
    except jwt.PyJWTError as error:
        raise TokenInvalidError("not signed by us for this audience") from error
    return _in_time(_read_claims(payload), now=now.timestamp())


@lru_cache(maxsize=16)
def _headers(segment: str) -> Mapping[str, Any]:
    """Return what the first part of a token says: the same in every token that a key has signed."""
    return jwt.get_unverified_header(f"{segment}..")


def _key_for(headers: Mapping[str, Any], *, keyring: Keyring, kind: TokenKind) -> PublicKey | bytes:
    # Exactly these three: no header that brings its own key (jwk, jku, x5c, x5u) or rules (crit).
    if headers.keys() != _HEADERS or headers["typ"] != kind or headers["alg"] != keyring.algorithm:
        raise TokenInvalidError("headers of another kind of token")
    key = keyring.verification_keys.get(headers["kid"])
    if key is None:
        raise TokenInvalidError("signed with an unknown key")
    return key


def _verified(token: str, *, key: PublicKey | bytes, algorithm: str, issuer: str, audience: str) -> dict[str, Any]:
    return _JWT.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=issuer,
        audience=audience,
        options={
            "require": _CLAIMS,
            "strict_aud": True,
            "enforce_minimum_key_length": True,
            # Times are checked here, against the caller's clock; the library takes numbers in strings, too.
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },
    )


def _in_time(claims: Claims, *, now: float) -> Claims:
    if max(claims.issued_at, claims.not_before, claims.auth_time) > now + _LEEWAY_SECONDS:
        raise TokenInvalidError("not good yet")
    if claims.expires_at <= now:
        raise TokenExpiredError(claims)
    return claims


def _to_payload(claims: Claims) -> dict[str, Any]:
    return {
        "sub": claims.subject,
        "sid": claims.session_id,
        "jti": claims.token_id,
        "iat": claims.issued_at,
        "nbf": claims.not_before,
        "exp": claims.expires_at,
        "auth_time": claims.auth_time,
        "amr": list(claims.methods),
    }


def _read_claims(payload: Mapping[str, Any]) -> Claims:
    claims = Claims(
        subject=_text(payload["sub"]),
        session_id=_text(payload["sid"]),
        token_id=_text(payload["jti"]),
        issued_at=_seconds(payload["iat"]),
        not_before=_seconds(payload["nbf"]),
        expires_at=_seconds(payload["exp"]),
        auth_time=_seconds(payload["auth_time"]),
        methods=_texts(payload["amr"]),
    )
    if not 0 < claims.expires_at - claims.issued_at <= MAX_LIFE_SECONDS:
        raise TokenInvalidError("a life of no length or beyond the limit")
    return claims


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TokenInvalidError("a claim that should be text is not")
    return value


def _seconds(value: object) -> int:
    # Exactly an int: True is one too, and 1e3 is not.
    if type(value) is not int or not 0 <= value < _MAX_TIME:
        raise TokenInvalidError("a claim that should be a time is not")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise TokenInvalidError("a claim that should be a list of texts is not")
    return tuple(_text(item) for item in value)

"""Password hashes.

A stored hash reads ``<scheme>$<what the scheme needs>``. The one that is made here::

    bcrypt-hmac-sha384$<pepper id>$2b$<cost>$<22 characters of salt><31 of hash>

Those of users who come from elsewhere are in ``crypto.foreign_hashes``, until their first log-in. ``!`` is none at all.
"""

import base64
import hmac
import logging
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import bcrypt

from user_auth.crypto import foreign_hashes, keys
from user_auth.crypto.foreign_hashes import BrokenHashError

_log = logging.getLogger(__name__)

# In place of a hash: there is no password. Django's own sign for it, which may be followed by anything.
UNUSABLE: Final = "!"

_SCHEME = "bcrypt-hmac-sha384"
_PARTS = re.compile(
    r"(?P<pepper_id>[^$]+)(?P<bcrypt>\$2b\$(?P<rounds>\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})", re.ASCII
)
# What ``conf`` lets ``BCRYPT_ROUNDS`` be.
_MAX_ROUNDS = 20
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Pepper:
    """The key that passwords are digested with before bcrypt; it is not in the database.

    Attributes:
        id: Kept with each hash, to tell which pepper it was made with; anything without a dollar sign.
        key: Secret.
    """

    id: str
    key: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """Derive the pepper from a secret: ``PASSWORD_PEPPER``, or ``SECRET_KEY`` where there is none."""
        key = keys.derive(secret, keys.Purpose.PEPPER)
        return cls(id=keys.key_id(key), key=key)


def normalize(password: str) -> str:
    """Return the one form (NFC) of a password that different keyboards type differently."""
    return unicodedata.normalize("NFC", password)


def fold(text: str) -> str:
    """Return the form in which texts are compared whatever their case; never what is hashed."""
    return normalize(normalize(text).casefold())


def hash_password(password: str, *, pepper: Pepper, rounds: int) -> str:
    """Return what the database holds of a password. Slow on purpose: never on a thread that serves requests.

    Args:
        password: As typed; it is normalized here.
        pepper: The current one.
        rounds: bcrypt's cost, 4 to 31; each step doubles the time.

    Raises:
        ValueError: The password holds NUL or a lone surrogate, or the cost is out of range.
    """
    if not _can_be_set(password):
        raise ValueError("A password holds neither NUL nor lone surrogates.")
    hashed = bcrypt.hashpw(_digest(password, key=pepper.key), bcrypt.gensalt(rounds)).decode()
    return f"{_SCHEME}${pepper.id}{hashed}"


def verify(password: str, stored: str, *, peppers: Sequence[Pepper]) -> bool:
    """Tell whether this is the password. Slow on purpose, like ``hash_password``.

    A stored hash that is broken, or made with a pepper that is not at hand, is a failed login and a logged error.

    Args:
        password: Whatever was sent; one that could never be set is just wrong, after the same work.
        stored: What ``hash_password``, ``adopt`` or ``decoy`` returned.
        peppers: The current one and those it replaced.
    """
    scheme, _, rest = stored.partition("$")
    try:
        if scheme == _SCHEME:
            return _check_own(password, rest, {pepper.id: pepper for pepper in peppers})
        # One that could never be set here could not be hashed anew either.
        return foreign_hashes.verify(password, stored) and _can_be_set(password)
    except BrokenHashError as error:
        # Without the traceback, which would lead to the hash.
        _log.error("A stored password hash cannot be checked: %s", error)
        return False


def needs_rehash(stored: str, *, pepper: Pepper, rounds: int) -> bool:
    """Tell whether a hash that was just verified should be replaced: cheaper, or of another pepper or scheme.

    Upward only: a hash that costs more than ``rounds`` stays as it is.
    """
    scheme, _, rest = stored.partition("$")
    parts = _PARTS.fullmatch(rest)
    if scheme != _SCHEME or parts is None:
        return True
    return parts["pepper_id"] != pepper.id or int(parts["rounds"]) < rounds


def decoy(*, pepper: Pepper, rounds: int) -> str:
    """Return a hash that costs as much to check as a real one and that no password opens; made without that cost."""
    # 184 random bits in place of bcrypt's output. The last of its characters carries 4 bits only.
    digest = "".join(secrets.choice(_BCRYPT_ALPHABET) for _ in range(30)) + secrets.choice(_BCRYPT_ALPHABET[::4])
    return f"{_SCHEME}${pepper.id}{bcrypt.gensalt(rounds).decode()}{digest}"


def adopt(text: str, *, peppers: Sequence[Pepper]) -> str:
    """Return what the database holds of a hash that was made elsewhere, or by this service for another database.

    Raises:
        BrokenHashError: It could not be checked; the message holds none of it.
    """
    if is_unusable(text):
        return UNUSABLE
    scheme, _, rest = text.partition("$")
    if scheme != _SCHEME:
        return foreign_hashes.canonical(text)
    if _own_parts(rest)["pepper_id"] not in {pepper.id for pepper in peppers}:
        raise BrokenHashError("it was made with another PASSWORD_PEPPER or SECRET_KEY, which are needed here too")
    return text


def is_unusable(stored: str) -> bool:
    """Tell whether there is no password."""
    return stored.startswith(UNUSABLE)


def kind(stored: str) -> str:
    """Return what decides the cost of checking a hash: its scheme and figures.

    Raises:
        BrokenHashError: It cannot be checked.
    """
    scheme, _, rest = stored.partition("$")
    return own_kind(rounds=int(_own_parts(rest)["rounds"])) if scheme == _SCHEME else foreign_hashes.kind(stored)


def own_kind(*, rounds: int) -> str:
    """Return the kind of the hashes that are made here at that cost."""
    return f"{_SCHEME}${rounds}"


def decoy_of(kind: str, *, pepper: Pepper) -> str:
    """Return a decoy whose check costs as much as that of a hash of this kind."""
    scheme, _, rounds = kind.partition("$")
    return decoy(pepper=pepper, rounds=int(rounds)) if scheme == _SCHEME else foreign_hashes.decoy(kind)


def _own_parts(rest: str) -> re.Match[str]:
    parts = _PARTS.fullmatch(rest)
    if parts is None or int(parts["rounds"]) > _MAX_ROUNDS:
        raise BrokenHashError("its form is unknown")
    return parts


def _check_own(password: str, rest: str, peppers: Mapping[str, Pepper]) -> bool:
    parts = _own_parts(rest)
    pepper = peppers.get(parts["pepper_id"])
    # The same work without the pepper: the clock must not tell whose hash is out of order.
    is_right = _check_bcrypt(_digest(password, key=pepper.key if pepper else b""), parts["bcrypt"])
    if pepper is None:
        raise BrokenHashError("its pepper is not among those configured")
    return is_right


def _check_bcrypt(digest: bytes, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(digest, hashed.encode())
    except ValueError as error:
        raise BrokenHashError("bcrypt does not take it") from error


def _digest(password: str, *, key: bytes) -> bytes:
    # bcrypt stops at 72 bytes and at NUL, so it is fed a digest, as 64 bytes of text; with a key, so that
    # hashes leaked from elsewhere cannot be tried against ours one by one (password shucking).
    message = normalize(password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(key, message, "sha384"))


def _can_be_set(password: str) -> bool:
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in password)

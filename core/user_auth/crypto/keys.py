"""One key per purpose, so that a leak of one does not open the others."""

import hashlib
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LABEL = b"user_auth/1/"


class Purpose(StrEnum):
    """What a derived key is for. The values are part of every derived key: changing one invalidates what it made."""

    TOKEN = "token"  # noqa: S105 - the name of a purpose
    CODE = "code"
    DEVICE = "device"
    LIMITS = "limits"
    PEPPER = "pepper"
    AUDIT = "audit"
    OUTBOX = "outbox"
    DECOY = "decoy"
    EPOCHS = "epochs"


def derive(secret: str, purpose: Purpose, *, length: int = 32) -> bytes:
    """Derive the key for one purpose from a secret (HKDF-SHA256).

    Args:
        secret: At least 32 random bytes' worth of text; HKDF does not make a weak secret strong.
        purpose: Keys of different purposes tell nothing about each other.
        length: In bytes.

    Raises:
        ValueError: The secret is empty.

    Source: RFC 5869; ASVS 11.2.1.
    """
    if not secret:
        raise ValueError("No key can be derived from an empty secret.")
    info = _LABEL + purpose.value.encode()
    # A secret from the environment may hold bytes that are not UTF-8; Python carries those as surrogates.
    material = secret.encode("utf-8", "surrogateescape")
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(material)


def key_id(key: bytes) -> str:
    """Name a key in public: 12 hex digits, the same wherever the key is the same."""
    return hashlib.sha256(_LABEL + b"key-id/" + key).hexdigest()[:12]

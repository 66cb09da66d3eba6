"""Text kept encrypted: what must be read again later, and not by who holds the database alone."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12


class BrokenBoxError(Exception):
    """The box was made with another key or for another context, or it was changed."""


def seal(key: bytes, plaintext: str, *, context: str) -> bytes:
    """Encrypt a text (AES-256-GCM).

    Args:
        key: 32 bytes. Good for 2**32 boxes, as the nonce is random.
        plaintext: Any text without lone surrogates.
        context: What the box belongs to, such as a record's id; a box moved elsewhere does not open.

    Returns:
        The nonce of 12 bytes, the ciphertext, the tag of 16 bytes.

    Source: NIST SP 800-38D §8.3; ASVS 11.3.3.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plaintext.encode(), context.encode())


def unseal(key: bytes, box: bytes, *, context: str) -> str:
    """Decrypt what ``seal`` made with the same key and context.

    Raises:
        BrokenBoxError: Another key, another context, or a changed box.
    """
    nonce, ciphertext = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    try:
        return _cipher(key).decrypt(nonce, ciphertext, context.encode()).decode()
    except (InvalidTag, ValueError) as error:
        # ValueError: too short to hold a nonce.
        raise BrokenBoxError("The box does not open with this key and context.") from error


def _cipher(key: bytes) -> AESGCM:
    # AESGCM takes shorter keys too; ours are of 256 bits.
    if len(key) != _KEY_BYTES:
        raise ValueError(f"The key of a box has {_KEY_BYTES} bytes.")
    return AESGCM(key)

"""Digests of text, plain and keyed, and their comparison."""

import hashlib
import hmac


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text in hex; right only for what cannot be guessed (256 random bits, say)."""
    return hashlib.sha256(_encode(text)).hexdigest()


def keyed_digest(key: bytes, *parts: str) -> str:
    """Return the HMAC-SHA-256 of several parts in hex; right also for what can be guessed, such as a code."""
    # Each part goes with its length: joined by a separator, ("a", "b|c") and ("a|b", "c") would be one message.
    message = b"".join(len(part).to_bytes(8, "big") + part for part in map(_encode, parts))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def same(a: str, b: str) -> bool:
    """Compare in a time that does not tell how much was right."""
    # On bytes: compare_digest refuses a str that is not ASCII.
    return hmac.compare_digest(_encode(a), _encode(b))


def _encode(text: str) -> bytes:
    # Lone surrogates too, so that no input makes a digest fail.
    return text.encode("utf-8", "surrogatepass")

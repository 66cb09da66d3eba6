"""Identifiers that cannot be guessed."""

import secrets


def random_id(*, n_bytes: int = 16) -> str:
    """Return ``n_bytes`` random bytes as URL-safe text; 16 bytes are 128 bits (ASVS 11.5.1)."""
    return secrets.token_urlsafe(n_bytes)

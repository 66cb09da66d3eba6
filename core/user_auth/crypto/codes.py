"""One-time codes: made, digested for storage, compared."""

import secrets

from user_auth.crypto.digests import keyed_digest, same

SHORTEST, LONGEST = 6, 10


def generate(digits: int = SHORTEST) -> str:
    """Make a code of decimal digits, zero-padded.

    Args:
        digits: 6 to 10. With 5 guesses, 6 digits give a guesser 1 chance in 200 000.

    Raises:
        ValueError: Fewer than 6 or more than 10 digits.

    Source: NIST SP 800-63B-4 §3.1.3.2.
    """
    if not SHORTEST <= digits <= LONGEST:
        raise ValueError(f"A code has {SHORTEST} to {LONGEST} digits.")
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def digest(code: str, *, key: bytes, purpose: str, challenge_id: str) -> str:
    """Return what the database holds of a code.

    Keyed, because a plain hash of a million values is no protection; bound to its purpose and challenge,
    because a code must open nothing else.
    """
    return keyed_digest(key, purpose, challenge_id, code)


def matches(code: str, stored_digest: str, *, key: bytes, purpose: str, challenge_id: str) -> bool:
    """Tell whether this is the code whose digest was stored for this purpose and challenge."""
    return same(digest(code, key=key, purpose=purpose, challenge_id=challenge_id), stored_digest)

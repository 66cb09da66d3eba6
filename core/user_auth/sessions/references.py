"""How a token and the record of its session name each other."""

from user_auth.crypto import digests

SLOT_DIGITS = 4


def slot(user_id: str) -> str:
    """Return the user's slot, one of 65 536, as four hex digits.

    Sessions are named by it first, so that the deletion of one, which names nothing but its ``_id``, tells whose it was.
    """
    return digests.sha256_hex(user_id)[:SLOT_DIGITS]


def session_id(*, user_id: str, sid: str) -> str:
    """Return the ``_id`` of the session whose secret is ``sid``; the secret itself is never stored."""
    return slot(user_id) + digests.sha256_hex(sid)

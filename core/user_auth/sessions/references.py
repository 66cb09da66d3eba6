"""How a token and the record of its session name each other."""

import re

from user_auth import epochs
from user_auth.crypto import digests

_FORM = re.compile(r"[0-9a-f]{68}")


def session_id(*, user_id: str, sid: str) -> str:
    """Return the ``_id`` of the session whose secret is ``sid``; the secret itself is never stored.

    The user's slot comes first: the deletion of a session names nothing but its ``_id``, and so tells whose it was.
    """
    return f"{epochs.slot(user_id):04x}{digests.sha256_hex(sid)}"


def slot(session_id: str) -> int:
    """Return the slot of a session's user."""
    return int(session_id[:4], 16)


def is_session_id(key: object) -> bool:
    """Tell whether something is the ``_id`` of a session, in which ``slot`` can be read."""
    return isinstance(key, str) and bool(_FORM.fullmatch(key))

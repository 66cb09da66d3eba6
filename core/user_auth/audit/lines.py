"""Text that is safe in a log: one line, bounded, without addresses."""

import json
import re
from collections.abc import Mapping

from user_auth.foundation.masking import mask_addresses

MAX_LENGTH = 300
_BARE = re.compile(r"[\w.:/+*@-]+", re.ASCII)


def clean(text: str) -> str:
    """Return at most 300 characters that can be printed, email addresses masked (``j***@example.com``)."""
    # What cannot be printed includes line ends, escapes, marks that reverse the text, and lone surrogates.
    printable = "".join(character if character.isprintable() else "?" for character in text[:MAX_LENGTH])
    return mask_addresses(printable)[:MAX_LENGTH]


def line(values: Mapping[str, str | int | None]) -> str:
    """Return ``key=value`` pairs, values quoted where they need it; what is empty is left out."""
    return " ".join(f"{name}={_value(value)}" for name, value in values.items() if value not in (None, ""))


def _value(value: str | int | None) -> str:
    text = clean(str(value))
    # Quoted as in JSON: nothing inside can end the value or look like another pair.
    return text if _BARE.fullmatch(text) else json.dumps(text)

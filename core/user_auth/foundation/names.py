"""What people want to be called: which names are accepted."""

import unicodedata

MAX_LENGTH = 100
_CONTROL_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
# Embeddings, overrides and isolates of the reading direction: they forge what stands beside the name.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def parse(text: str) -> str:
    """Read a name: trimmed, 1 to 100 characters, no control characters.

    Raises:
        ValueError: It is none; the message holds nothing of it.
    """
    name = text.strip()
    if not 1 <= len(name) <= MAX_LENGTH or any(map(_is_control, name)):
        raise ValueError(f"Enter 1 to {MAX_LENGTH} characters, without control characters.")
    return name


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CONTROL_CATEGORIES or character in _DIRECTION_CONTROLS

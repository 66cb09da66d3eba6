"""Email addresses in any text, masked as logs may hold them."""

import re

_ADDRESS = re.compile(r"([^\s@<>\"'(),:;=])[^\s@<>\"'(),:;=]*@([\w.-]+)")


def mask_addresses(text: str) -> str:
    """Return the text with ``j***@example.com`` for each address; masked ones stay as they are."""
    return _ADDRESS.sub(r"\1***@\2", text)

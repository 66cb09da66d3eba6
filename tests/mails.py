"""Reading mail as a person would."""

import re

from django.core.mail import EmailMessage


def code_in(message: EmailMessage | str) -> str:
    """Return the six digits of a mail's text, or an empty text when it carries no code."""
    text = message if isinstance(message, str) else str(message.body)
    found = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", text)
    return found[0] if found else ""

"""The last line of defense of the log: what looks like a secret does not leave, whoever let it get here.

Nothing that is logged on purpose needs it.
"""

import re
from collections.abc import Mapping
from typing import Any

from user_auth.foundation.masking import mask_addresses

REDACTED = "[redacted]"
# Expressions are slow on endless words, and nobody reads them.
MAX_LINE = 4000
_SECRET_NAMES = frozenset(
    {
        "authorization",
        "code",
        "cookie",
        "cookies",
        "otp",
        "passwd",
        "password",
        "passwords",
        "pepper",
        "secret",
        "secrets",
        "sid",
        "token",
        "tokens",
        "uri",
    }
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# user:password of any URL, a connection string's among them; also with a slash or an @ in the password.
_URL_LOGIN = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s\"'<>]*@", re.IGNORECASE)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")
_BEARER = re.compile(r"\b(bearer|basic) +[^\s\"',;]+", re.IGNORECASE)
# password=…, "token": "…", sid: …
_PAIR = re.compile(
    r"((?<![a-z])(?:password|passwd|otp|token|cookie|authorization|secret|secret_key|sid)[\"']?\s*[=:]\s*)"
    r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&}\"']+)",
    re.IGNORECASE,
)


def redact(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a line, those named like a secret and what looks like one in the others replaced."""
    return {name: REDACTED if _is_secret(name) else _redacted(value) for name, value in values.items()}


def redact_text(text: str) -> str:
    """Return a text without log-ins of URLs, tokens, what follows the name of a secret, and whole addresses."""
    return "\n".join(_redacted_line(line[:MAX_LINE]) for line in text.split("\n"))


def _redacted_line(text: str) -> str:
    text = _URL_LOGIN.sub(rf"\1{REDACTED} at ", text)
    text = _JWT.sub(REDACTED, text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    return mask_addresses(_PAIR.sub(rf"\1{REDACTED}", text))


def _redacted(value: object) -> object:
    if isinstance(value, Mapping):
        return redact({str(name): each for name, each in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else redact_text(str(value))


def _is_secret(name: str) -> bool:
    return not _SECRET_NAMES.isdisjoint(word.lower() for word in _WORDS.findall(name))

"""What a browser or an app calls itself, made readable and harmless."""

import re
from functools import lru_cache

from ua_parser import parse

UNKNOWN = "an app"
_HARMLESS = re.compile(r"[A-Za-z0-9 ()+-]{1,60}")


@lru_cache(maxsize=1024)
def describe(user_agent: str) -> str:
    """Return a family name such as ``Firefox on Linux``; nothing of the text itself but names that the parser knows."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    name = f"{browser} on {system}" if browser and system else browser or system
    # The parser takes some families from the text itself.
    return name if _HARMLESS.fullmatch(name) else UNKNOWN

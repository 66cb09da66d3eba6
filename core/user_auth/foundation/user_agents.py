"""What a browser or an app calls itself, made readable and harmless."""

import re
from functools import lru_cache

from ua_parser import parse

UNKNOWN = "an app"
_MOST = 56
_HARMLESS = re.compile(r"[A-Za-z0-9 ()+-]+")


def describe(user_agent: str) -> str:
    """Return a family name such as ``Firefox on Linux``; nothing of the text itself but names that the parser knows."""
    return " on ".join(filter(None, families(user_agent))) or UNKNOWN


@lru_cache(maxsize=1024)
def families(user_agent: str) -> tuple[str, str]:
    """Return the names of the browser and of the system, each empty where the parser knows none."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    # The parser takes some families from the text itself.
    is_harmless = all(_HARMLESS.fullmatch(name) for name in (browser, system) if name)
    is_short = len(browser) + len(system) <= _MOST
    return (browser, system) if is_harmless and is_short else ("", "")

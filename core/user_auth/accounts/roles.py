"""What a role may be called, and how many an account may have."""

import re
from typing import TypeGuard

MAX_ROLES = 20
FORM = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def are_roles(value: object) -> TypeGuard[list[str]]:
    """Tell whether a value from outside is a list of roles."""
    return isinstance(value, list) and len(value) <= MAX_ROLES and all(map(_is_role, value))


def _is_role(value: object) -> bool:
    return isinstance(value, str) and FORM.fullmatch(value) is not None

"""The rules for new passwords as data, for a page to judge by while somebody types."""

import json

from user_auth import conf
from user_auth.crypto import policy


def as_json() -> str:
    """Return the rules in force; the API judges by the same ones."""
    settings = conf.settings()
    return json.dumps(policy.described(service_name=settings.service_name, min_length=settings.password_min_length))

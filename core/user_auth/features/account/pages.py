"""The page of one's own account."""

from collections.abc import Mapping
from typing import Any

from user_auth.web import password_rules
from user_auth.web.call import Call
from user_auth.web.pages import Page


def _rules(_call: Call) -> Mapping[str, Any]:
    return {"password_rules": password_rules.as_json()}


ACCOUNT = Page("account", context=_rules, session=True)

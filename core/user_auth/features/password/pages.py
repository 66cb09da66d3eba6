"""The pages of a forgotten password: the address, then the code and a new password."""

from collections.abc import Mapping
from typing import Any

from user_auth.web import password_rules
from user_auth.web.call import Call
from user_auth.web.pages import Page


def _rules(_call: Call) -> Mapping[str, Any]:
    return {"password_rules": password_rules.as_json()}


FORGOT = Page("forgot_password")
RESET = Page("reset_password", context=_rules)

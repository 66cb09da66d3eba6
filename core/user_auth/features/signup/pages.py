"""The pages of signing up: address and password, then the code."""

from collections.abc import Mapping
from typing import Any

from user_auth import conf
from user_auth.web import password_rules
from user_auth.web.call import Call
from user_auth.web.pages import Page


def _form(_call: Call) -> Mapping[str, Any]:
    return {"password_rules": password_rules.as_json(), "is_closed": conf.settings().signup == "closed"}


SIGNUP = Page("signup", context=_form, signs_in=True)
VERIFY = Page("verify_otp", signs_in=True)

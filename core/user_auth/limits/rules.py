"""The rules: one for each row of the contract's table of limits."""

from collections.abc import Callable
from dataclasses import dataclass

from user_auth.conf import Settings
from user_auth.limits.allowances import Allowance, Backoff, Windows

Figures = Callable[[Settings], Allowance]


@dataclass(frozen=True)
class Rule:
    """What one action allows; each figure is a setting.

    Attributes:
        name: Part of the buckets' keys: under another name everybody starts afresh.
        client: For one client address, whatever the account.
        account_client: For one account from one client address, and for each device the account knows.
        account: For one account from all client addresses together.
    """

    name: str
    client: Figures
    account_client: Figures | None = None
    account: Figures | None = None


LOGIN = Rule(
    "login",
    client=lambda settings: Windows(settings.limit_login_client),
    account_client=lambda settings: Backoff(settings.limit_login_account_client, settings.limit_login_max_delay),
    account=lambda settings: Backoff(settings.limit_login_account, settings.limit_login_max_delay),
)
SIGNUP = Rule(
    "signup",
    client=lambda settings: Windows(settings.limit_signup_client),
    account_client=lambda settings: Windows(settings.limit_signup_account_client),
    account=lambda settings: Windows(settings.limit_signup_account),
)
CODES = Rule(
    "codes",
    client=lambda settings: Windows(settings.limit_codes_client),
    account=lambda settings: Windows(settings.limit_codes_account),
)
MAILS = Rule(
    "mails",
    client=lambda settings: Windows(settings.limit_mails_client),
    account_client=lambda settings: Windows(settings.limit_mails_account_client),
    account=lambda settings: Windows(settings.limit_mails_account),
)
PASSWORD = Rule(
    "password",
    client=lambda settings: Windows(settings.limit_password_client),
    account=lambda settings: Windows(settings.limit_password_account),
)
VERIFY = Rule("verify", client=lambda settings: Windows(settings.limit_verify_client))

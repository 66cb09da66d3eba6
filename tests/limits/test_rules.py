"""The rules are those of the contract, and each figure is a setting."""

import pytest

from user_auth import conf, limits
from user_auth.foundation.windows import Window
from user_auth.limits.allowances import Allowance, Backoff, Windows
from user_auth.limits.rules import Figures

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.asvs("2.3.2")
@pytest.mark.parametrize(
    ("figures", "allowance"),
    [
        (limits.LOGIN.client, Windows((Window(20, MINUTE), Window(200, HOUR)))),
        (limits.LOGIN.account_client, Backoff(free=5, max_seconds=900)),
        (limits.LOGIN.account, Backoff(free=100, max_seconds=900)),
        (limits.SIGNUP.client, Windows((Window(10, HOUR),))),
        (limits.SIGNUP.account_client, Windows((Window(3, HOUR),))),
        (limits.SIGNUP.account, Windows((Window(20, DAY),))),
        (limits.CODES.client, Windows((Window(30, HOUR),))),
        (limits.CODES.account, Windows((Window(100, DAY),))),
        (limits.MAILS.client, Windows((Window(20, HOUR),))),
        (limits.MAILS.account_client, Windows((Window(1, MINUTE), Window(5, HOUR)))),
        (limits.MAILS.account, Windows((Window(20, DAY),))),
        (limits.VERIFY.client, Windows((Window(600, MINUTE),))),
    ],
)
def test_unless_set_otherwise_the_figures_are_the_contracts(figures: Figures, allowance: Allowance) -> None:
    """Row by row."""
    assert figures(conf.read({"SECRET_KEY": "a key"})) == allowance


def test_no_two_rules_share_their_buckets() -> None:
    """The name is part of every key."""
    rules = [limits.LOGIN, limits.SIGNUP, limits.CODES, limits.MAILS, limits.VERIFY]
    assert len({rule.name for rule in rules}) == len(rules)

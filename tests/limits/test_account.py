"""The allowances of an account: of one client, of all together, of a device it knows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.limits.conftest import StillClock, logs, stored
from user_auth import limits
from user_auth.foundation.errors import RateLimitedError
from user_auth.limits import Spent
from user_auth.mongo import connection

Put = Callable[..., None]
Tries = Callable[[], list[int]]
ACCOUNT = "the digest of an address"
IP = "192.0.2.7"


def _spend(
    ip: str = IP,
    *,
    rule: limits.Rule = limits.LOGIN,
    account: str = ACCOUNT,
    device: str | None = None,
    scope: str = "",
) -> Spent:
    return limits.spend_account(rule, account=account, ip=ip, device=device, scope=scope)


def _retry_after(
    ip: str = IP,
    *,
    rule: limits.Rule = limits.LOGIN,
    account: str = ACCOUNT,
    device: str | None = None,
    scope: str = "",
) -> int:
    """Try once; return 0 when that is allowed, else what the refusal says."""
    try:
        _spend(ip, rule=rule, account=account, device=device, scope=scope)
    except RateLimitedError as refusal:
        return refusal.retry_after or -1
    return 0


@pytest.mark.asvs("6.3.1")
def test_after_the_free_tries_each_doubles_the_wait(still: StillClock, figures: Put) -> None:
    """Five wrong passwords, then one try per 1, 2, 4 seconds up to the longest."""
    figures(LIMIT_LOGIN_MAX_DELAY=20)
    assert [_retry_after() for _ in range(5)] == [0] * 5
    for wait in (1, 2, 4, 8, 16, 20, 20):
        assert _retry_after() == wait
        still.tick(wait - 0.001)
        assert _retry_after() == 1
        still.tick(0.001)
        assert _retry_after() == 0


def test_refused_tries_do_not_lengthen_the_wait(still: StillClock) -> None:
    """Who knocks meanwhile waits no longer than who does not."""
    for _ in range(5):
        _spend()
    assert [_retry_after() for _ in range(10)] == [1] * 10
    still.tick(1)
    assert _retry_after() == 0


def test_tries_are_forgotten_after_a_day(still: StillClock) -> None:
    """A day after the last one all are free again."""
    for _ in range(5):
        _spend()
    still.tick(1)
    assert [_retry_after(), _retry_after()] == [0, 2]
    still.tick(86400)
    assert [_retry_after() for _ in range(6)] == [0] * 5 + [1]


@pytest.mark.asvs("15.4.2")
def test_guesses_at_once_are_all_counted(still: StillClock) -> None:
    """Of forty at one moment the free ones pass; of forty more after the wait, one."""
    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(lambda _: _retry_after(), range(40))).count(0) == 5
        still.tick(1)
        assert list(pool.map(lambda _: _retry_after(), range(40))).count(0) == 1


def test_a_clock_set_back_holds_no_account_up_for_longer(still: StillClock) -> None:
    """The wait stays what it was."""
    for _ in range(5):
        _spend()
    still.tick(-3600)
    assert _retry_after() == 1
    still.tick(1)
    assert _retry_after() == 0


@pytest.mark.asvs("6.3.1")
def test_all_clients_together_have_an_allowance(still: StillClock, figures: Put) -> None:
    """Many addresses that try a little each are slowed as one; another account is not."""
    figures(LIMIT_LOGIN_ACCOUNT=6)
    assert [_retry_after(f"192.0.2.{number}") for number in range(6)] == [0] * 6
    assert _retry_after("192.0.2.99") == 1
    assert _retry_after("192.0.2.99", account="another") == 0


def test_more_than_a_day_of_typos_slows_nobody(still: StillClock, figures: Put) -> None:
    """The common count is of the last day: one wrong password a day never adds up."""
    figures(LIMIT_LOGIN_ACCOUNT=3)
    for _ in range(8):
        assert _retry_after() == 0
        still.tick(86400 / 2)


@pytest.mark.asvs("6.3.1")
def test_a_known_device_is_out_of_strangers_reach(still: StillClock, figures: Put) -> None:
    """It has the figures of a client, its own count, and neither feels nor feeds the common one."""
    figures(LIMIT_LOGIN_ACCOUNT=2, LIMIT_LOGIN_ACCOUNT_CLIENT=3)
    assert [_retry_after(), _retry_after(), _retry_after()] == [0, 0, 1]
    assert [_retry_after(device="known") for _ in range(4)] == [0, 0, 0, 1]
    assert _retry_after(device="another") == 0
    assert _retry_after("192.0.2.99") == 1


def test_a_device_counts_wherever_it_is(still: StillClock, figures: Put) -> None:
    """Another network does not make it another device; another account does."""
    figures(LIMIT_LOGIN_ACCOUNT_CLIENT=1)
    assert _retry_after("192.0.2.1", device="known") == 0
    assert _retry_after("192.0.2.2", device="known") == 1
    assert _retry_after("192.0.2.2", device="known", account="another") == 0


def test_what_one_bucket_refuses_no_bucket_counts(still: StillClock, figures: Put, tries: Tries) -> None:
    """A try that the common allowance refuses is not in the client's own either, nor anything else."""
    figures(LIMIT_LOGIN_ACCOUNT=2)
    assert [_retry_after("192.0.2.1"), _retry_after("192.0.2.1"), _retry_after("192.0.2.2")] == [0, 0, 1]
    assert tries() == [2, 2]


def test_the_wait_is_over_for_every_bucket(still: StillClock, figures: Put) -> None:
    """Whichever bucket refuses first, the refusal names the time when all will take a try."""
    figures(LIMIT_SIGNUP_ACCOUNT_CLIENT="1/minute", LIMIT_SIGNUP_ACCOUNT="1/hour")
    assert [_retry_after(rule=limits.SIGNUP), _retry_after(rule=limits.SIGNUP)] == [0, 3600]
    still.tick(3600)
    assert _retry_after(rule=limits.SIGNUP) == 0


def test_a_try_given_back_was_never_made(still: StillClock, tries: Tries) -> None:
    """Of several in one millisecond only that one goes, from both buckets."""
    _spend()
    spent = _spend()
    _spend()
    assert tries() == [3, 3]
    spent.give_back()
    assert tries() == [2, 2]


def test_giving_back_takes_that_try_and_no_other(still: StillClock) -> None:
    """The others stay as they are, earlier and later ones."""
    spent = []
    for _ in range(3):
        spent.append(_spend())
        still.tick(1)
    spent[1].give_back()
    end = int(still.time.timestamp() * 1000)
    assert logs() == [[end - 3000, end - 1000]] * 2


def test_what_is_empty_may_be_swept(still: StillClock) -> None:
    """A right password at the first try leaves nothing behind for long."""
    _spend().give_back()
    assert all(bucket["expires_at"] <= still.time for bucket in stored())
    spent = _spend()
    _spend()
    spent.give_back()
    assert all(bucket["expires_at"] > still.time + timedelta(days=1) for bucket in stored())


def test_forgiving_clears_ones_own_and_one_try_of_all(still: StillClock, figures: Put, tries: Tries) -> None:
    """Who signs in has all tries again; of the common count only theirs goes, so that a stranger learns nothing."""
    for _ in range(4):
        _spend("192.0.2.66")
    spent = [_spend() for _ in range(4)]
    assert tries() == [4, 4, 8]
    spent[-1].forgive()
    assert tries() == [0, 4, 7]
    assert [_retry_after() for _ in range(5)] == [0] * 5
    assert [_retry_after("192.0.2.66") for _ in range(2)] == [0, 1]


def test_a_device_is_forgiven_alone(still: StillClock, tries: Tries) -> None:
    """Its success changes nothing for the client addresses."""
    _spend()
    _spend(device="known")
    _spend(device="known").forgive()
    assert tries() == [0, 1, 1]


def test_commands_are_few(still: StillClock) -> None:
    """A try costs one command, and so does giving back or forgiving, whoever tries."""
    _spend()
    before = _commands()
    spent = _spend()
    assert _since(before) == {"findAndModify": 1, "update": 0}
    spent.give_back()
    assert _since(before) == {"findAndModify": 1, "update": 1}
    spent.forgive()
    assert _since(before) == {"findAndModify": 1, "update": 2}
    _spend(device="known").forgive()
    assert _since(before) == {"findAndModify": 2, "update": 3}


def test_a_share_goes_when_none_of_its_tries_count(still: StillClock) -> None:
    """Whoever tries from ever new addresses leaves no more in the record than what still counts."""
    for number in range(20):
        _spend(f"192.0.2.{number}")
        still.tick(86400 / 4)
    assert len(logs()) == 1 + 4


def test_what_is_refused_leaves_no_share(still: StillClock, figures: Put) -> None:
    """A flood from ever new addresses is no flood of writes, nor does the record grow."""
    figures(LIMIT_LOGIN_ACCOUNT=1)
    _spend()
    before = stored()
    assert [_retry_after(f"192.0.2.{number}") for number in range(100, 110)] == [1] * 10
    assert stored() == before


def _commands() -> dict[str, int]:
    counts = connection.database().command("serverStatus")["metrics"]["commands"]
    return {name: counts[name]["total"] for name in ("findAndModify", "update")}


def _since(before: dict[str, int]) -> dict[str, int]:
    return {name: total - before[name] for name, total in _commands().items()}


def test_a_scope_has_its_own_allowance(still: StillClock, figures: Put) -> None:
    """Wrong codes for one purpose do not count against another."""
    figures(LIMIT_CODES_ACCOUNT="1/day")
    assert _retry_after(rule=limits.CODES, scope="signup") == 0
    assert _retry_after(rule=limits.CODES, scope="reset") == 0
    assert _retry_after("192.0.2.99", rule=limits.CODES, scope="signup") == 86400


def test_a_device_has_the_common_figures_where_clients_have_none(still: StillClock, figures: Put) -> None:
    """Codes are limited by account alone; a known device has as many for itself."""
    figures(LIMIT_CODES_ACCOUNT="2/day")
    assert [_retry_after(rule=limits.CODES) for _ in range(3)] == [0, 0, 86400]
    assert [_retry_after(rule=limits.CODES, device="known") for _ in range(3)] == [0, 0, 86400]


@pytest.mark.parametrize("rule", [limits.LOGIN, limits.SIGNUP, limits.CODES, limits.MAILS, limits.VERIFY])
def test_switched_off_no_account_is_limited(still: StillClock, figures: Put, rule: limits.Rule) -> None:
    """``RATE_LIMITS=off`` counts nothing, and there is nothing to give back or forgive."""
    figures(RATE_LIMITS="off")
    spent = [_spend(rule=rule) for _ in range(150)][-1]
    spent.give_back()
    spent.forgive()
    assert stored() == []


def test_a_rule_without_accounts_takes_any(still: StillClock) -> None:
    """Bad tokens name no account: only their senders are limited."""
    _spend(rule=limits.VERIFY).give_back()
    assert stored() == []

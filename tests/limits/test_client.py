"""The allowance of a client address: windows, exact, shared by everybody who asks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.limits.conftest import StillClock, stored
from user_auth import conf, limits
from user_auth.foundation.errors import RateLimitedError
from user_auth.mongo import connection

Put = Callable[..., None]
IP = "192.0.2.7"
ROOT = Path(__file__).parents[2]
_numbers = count()


def _retry_after(ip: str = IP, *, rule: limits.Rule = limits.LOGIN) -> int:
    """Try once; return 0 when that is allowed, else what the refusal says."""
    try:
        limits.spend_client(rule, ip)
    except RateLimitedError as refusal:
        return refusal.retry_after or -1
    return 0


@pytest.mark.asvs("2.3.2")
def test_so_many_and_no_more(still: StillClock, figures: Put) -> None:
    """Ten a minute are ten; the eleventh is told to wait for the minute."""
    figures(LIMIT_LOGIN_CLIENT="10/minute")
    assert [_retry_after() for _ in range(11)] == [0] * 10 + [60]


def test_retry_after_is_right_to_the_second(still: StillClock, figures: Put) -> None:
    """A second before it a try is refused; when it is over one is allowed, and one only."""
    figures(LIMIT_LOGIN_CLIENT="2/minute")
    assert _retry_after() == 0
    still.tick(20.4)
    assert _retry_after() == 0
    assert _retry_after() == 40
    still.tick(39)
    assert _retry_after() == 1
    still.tick(1)
    assert [_retry_after(), _retry_after()] == [0, 20]


def test_every_window_must_allow_it(still: StillClock, figures: Put) -> None:
    """The wait is that of the window that takes longest."""
    figures(LIMIT_LOGIN_CLIENT="2/minute,3/hour")
    assert [_retry_after(), _retry_after(), _retry_after()] == [0, 0, 60]
    still.tick(60)
    assert [_retry_after(), _retry_after()] == [0, 3540]


@pytest.mark.usefixtures("still")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.sampled_from([0, 0.001, 3, 10, 29.999, 30, 60]), min_size=10, max_size=25))
def test_never_more_in_any_stretch(still: StillClock, figures: Put, pauses: list[float]) -> None:
    """Whatever the pauses, a try is allowed exactly when each window before it holds fewer than it may."""
    figures(LIMIT_LOGIN_CLIENT="3/second,5/minute")
    ip, allowed = f"client {next(_numbers)}", list[float]()
    for pause in pauses:
        still.tick(pause)
        now = still.time.timestamp()
        may = sum(now - at < 1 for at in allowed) < 3 and sum(now - at < 60 for at in allowed) < 5
        assert (_retry_after(ip) == 0) == may
        allowed += [now] if may else []


@pytest.mark.asvs("15.4.2")
def test_of_many_at_once_as_many_pass_as_may(mongo: None, figures: Put) -> None:
    """Eighty threads, a bucket that does not exist yet, ten allowed."""
    figures(LIMIT_LOGIN_CLIENT="10/minute")
    with ThreadPoolExecutor(80) as pool:
        waits = list(pool.map(lambda _: _retry_after(), range(80)))
    assert waits.count(0) == 10


@pytest.mark.asvs("2.3.2", "15.4.2")
def test_processes_share_one_count(mongo: None, figures: Put) -> None:
    """Four processes of twenty threads each, ten allowed in all."""
    uri = conf.settings().mongodb_uri
    told = json.dumps({"MONGODB_URI": uri() if callable(uri) else uri, "LIMIT_LOGIN_CLIENT": "10/minute"})
    command = [sys.executable, "-m", "tests.limits.spend", told]
    places = {**os.environ, "PYTHONPATH": f"{ROOT / 'core'}{os.pathsep}{ROOT}"}
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=places, cwd=ROOT)
        for _ in range(4)
    ]
    # All are ready before any begins.
    assert [child.stdout.readline() for child in children if child.stdout] == ["ready\n"] * 4
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=30)[0] for child in children]
    assert sum(map(int, answers)) == 10


def test_what_is_refused_is_not_written(still: StillClock, figures: Put) -> None:
    """A flood of tries is no flood of writes, and does not lengthen the wait."""
    figures(LIMIT_LOGIN_CLIENT="2/minute")
    assert [_retry_after() for _ in range(2)] == [0, 0]
    oplog = connection.client()["local"]["oplog.rs"]
    before, kept = oplog.count_documents({"ns": "user_auth.limits"}), stored()
    still.tick(1)
    assert [_retry_after() for _ in range(20)] == [59] * 20
    assert oplog.count_documents({"ns": "user_auth.limits"}) == before > 0
    assert stored() == kept


def test_each_client_and_each_rule_has_its_own(still: StillClock, figures: Put) -> None:
    """One's tries do not count against another, nor one action's against another action."""
    figures(LIMIT_LOGIN_CLIENT="1/minute", LIMIT_SIGNUP_CLIENT="1/minute")
    assert _retry_after() == 0
    assert _retry_after("192.0.2.8") == 0
    assert _retry_after(rule=limits.SIGNUP) == 0
    assert _retry_after() == 60


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "", True),
        ("no address", "192.0.2.7", False),
    ],
)
def test_an_ipv6_64_is_one_client(still: StillClock, figures: Put, one: str, other: str, are_same: bool) -> None:
    """A customer is given a /64 at least; IPv4 written as IPv6 stays IPv4; what is no address counts too."""
    figures(LIMIT_LOGIN_CLIENT="1/minute")
    assert _retry_after(one) == 0
    assert _retry_after(other) == (60 if are_same else 0)


@pytest.mark.parametrize("back", [1, 60, 3600, 86400 * 365])
def test_a_clock_set_back_holds_nobody_up_for_longer(still: StillClock, figures: Put, back: int) -> None:
    """The wait is never longer than the window, and it ends."""
    figures(LIMIT_LOGIN_CLIENT="2/minute")
    assert [_retry_after(), _retry_after()] == [0, 0]
    still.tick(-back)
    wait = _retry_after()
    assert 60 <= wait <= 61
    still.tick(wait)
    assert [_retry_after(), _retry_after(), _retry_after()] == [0, 0, 60]


def test_clocks_that_differ_a_little_lose_no_try(still: StillClock, figures: Put) -> None:
    """Of two machines some seconds apart, the later one's tries count for the earlier one as when they were."""
    figures(LIMIT_LOGIN_CLIENT="2/minute")
    assert _retry_after() == 0
    still.tick(-5)
    assert [_retry_after(), _retry_after()] == [0, 60]
    still.tick(60)
    assert [_retry_after(), _retry_after()] == [0, 5]


def test_the_clock_counts_and_not_the_sweep(still: StillClock, figures: Put) -> None:
    """A record that is still there when its time is over stops nobody; it is not swept before that."""
    figures(LIMIT_LOGIN_CLIENT="1/minute")
    assert _retry_after() == 0
    (bucket,) = stored()
    assert (bucket["expires_at"] - still.time).total_seconds() >= 60
    still.tick(86400)
    assert _retry_after() == 0
    (bucket,) = stored()
    assert len(bucket["log"]) == 1


def test_switched_off_nothing_is_counted(still: StillClock, figures: Put) -> None:
    """``RATE_LIMITS=off`` lets every try pass."""
    figures(LIMIT_LOGIN_CLIENT="1/minute", RATE_LIMITS="off")
    assert [_retry_after() for _ in range(5)] == [0] * 5
    assert stored() == []


@pytest.mark.asvs("14.2.4")
def test_no_address_is_stored(mongo: None) -> None:
    """Neither the client's address nor the account's can be read from what is kept."""
    limits.spend_client(limits.LOGIN, "2001:db8:1:2::1")
    limits.spend_account(limits.LOGIN, account="the-digest", ip=IP)
    limits.spend_account(limits.LOGIN, account="the-digest", ip=IP, device="the-device")
    records = stored()
    assert len(records) == 3
    assert all(set(record) - {"shares"} == {"_id", "log", "expires_at"} for record in records)
    names = [name for record in records for name in (record["_id"], *record.get("shares", {}))]
    assert len(names) == 4
    assert all(len(name) == 64 and int(name, 16) for name in names)
    told = repr(records)
    assert not any(secret in told for secret in (IP, "2001:db8", "the-digest", "the-device", "login"))


def test_another_secret_key_has_other_buckets(still: StillClock, figures: Put) -> None:
    """The keys are HMACs: without the key nobody can find the bucket of an address."""
    figures(LIMIT_LOGIN_CLIENT="1/minute")
    assert _retry_after() == 0
    figures(SECRET_KEY="another key that only the tests know")
    assert _retry_after() == 0

"""How often a password can be tried: the waits, whose they are, and what a known browser is spared."""

import time

import pytest

from tests.attacks.inside import Records
from tests.attacks.people import WRONG, People, Somebody, check_limited, let_pass, make_account
from tests.attacks.wire import exchange, post
from tests.harness.service import Service


def tire(stranger: Somebody, known: str, *, records: Records) -> None:
    """Use up a stranger's tries at an account, so that the next wait is 16 seconds."""
    assert [stranger.log_in(known, WRONG).status for _ in range(5)] == [401] * 5
    for wait in (1, 2, 4, 8):
        let_pass(records, seconds=wait)
        assert stranger.log_in(known, WRONG).status == 401


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_after_five_wrong_passwords_each_try_waits_twice_as_long(people: People, known: str) -> None:
    """1, 2, 4 seconds, to the second: earlier is too early, and what is refused does not count."""
    stranger = people()
    assert [stranger.log_in(known, WRONG).status for _ in range(5)] == [401] * 5
    for wait in (1, 2):
        assert check_limited(stranger.log_in(known, WRONG), least=1, most=wait) == wait
        started = time.monotonic()
        time.sleep(wait / 2)  # as far from either end as can be, for machines that are busy
        check_limited(stranger.log_in(known, WRONG), least=1, most=wait)
        time.sleep(max(0.0, started + wait - time.monotonic()))
        assert stranger.log_in(known, WRONG).status == 401
    check_limited(stranger.log_in(known), least=4, most=4)
    assert people().log_in(known).status == 200


def test_the_longest_wait_is_a_quarter_of_an_hour(people: People, known: str, limited_records: Records) -> None:
    """Then it stays so; the right password does not help before, and after it the client starts afresh."""
    stranger = people()
    for _ in range(17):
        stranger.log_in(known, WRONG)
        let_pass(limited_records, seconds=901)
    assert stranger.log_in(known, WRONG).status == 401
    check_limited(stranger.log_in(known), least=899, most=900)
    let_pass(limited_records, seconds=900)
    assert stranger.log_in(known).status == 200
    assert [stranger.log_in(known, WRONG).status for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_strangers_do_not_slow_a_browser_that_the_account_knows(people: People, known: str) -> None:
    """A hundred wrong passwords from everywhere slow everybody else, the owner elsewhere too, and not this browser."""
    owner = people()
    signed_in = owner.log_in(known)
    cookies = {name: value for name, _, value in (each.partition("=") for each in signed_in.all("set-cookie"))}
    assert cookies.keys() == {"token", "device"}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookies["device"].split("; "))
    owner.cookie = f"device={cookies['device'].partition(';')[0]}"
    for _ in range(25):
        stranger = people()
        assert [stranger.log_in(known, WRONG).status for _ in range(4)] == [401] * 4
    check_limited(people().log_in(known), least=1, most=1)
    assert owner.log_in(known).status == 200
    elsewhere = people()
    elsewhere.cookie = owner.cookie
    assert elsewhere.log_in(known).status == 200
    # Its own allowance is the five of everybody, wherever it is used from.
    assert [owner.log_in(known, WRONG).status for _ in range(6)] == [401] * 5 + [429]
    assert elsewhere.log_in(known).status == 429


def test_a_device_cookie_that_we_did_not_make_is_none(
    people: People, known: str, limited_records: Records, email: str
) -> None:
    """Another account's, a changed one, a made-up one, hundreds of them: no allowance comes of it."""
    device, others = (
        people().log_in(each).all("set-cookie")[1].partition(";")[0]
        for each in (known, make_account(people(), limited_records, f"mallory.{email}"))
    )
    stranger = people()
    tire(stranger, known, records=limited_records)
    name, _, value = device.partition("=")
    identity, _, signature = value.partition(".")
    forged = [f"x.{signature}", f"{identity}.{signature[::-1]}", f"{identity}.", f".{signature}", identity, "~" * 50]
    forged += [f"{identity}.{'0' * 64}", f'"{value}"', "~".join([f"{identity}.{'0' * 64}"] * 500 + [value])]
    for each in (*(f"{name}={text}" for text in forged), others):
        stranger.cookie = each
        assert stranger.log_in(known).status == 429, each
    stranger.cookie = device
    assert stranger.log_in(known).status == 200


@pytest.mark.asvs("6.3.8")
@pytest.mark.asvs("3.3.5", "4.2.5")
@pytest.mark.parametrize("junk", ["j" * 6000, "junk.junk~" * 600, 'junk"junk,junk', "junk~" * 3, "junk." + "0" * 64])
def test_nothing_foreign_comes_back_in_a_device_cookie(people: People, known: str, junk: str) -> None:
    """Else a cookie once spoiled would stay so, or grow beyond the 4096 bytes that browsers keep."""
    browser = people()
    browser.cookie = f"device={junk}"
    device = browser.log_in(known).all("set-cookie")[1].partition(";")[0]
    assert "junk" not in device
    assert len(device) < 4096
    browser.cookie = f"{device}~{junk}"
    assert browser.log_in(known).all("set-cookie")[1].partition(";")[0] == device


def test_a_success_tells_a_stranger_nothing(people: People, known: str, limited_records: Records) -> None:
    """The owner signs in; a stranger who has used up their tries waits as before."""
    stranger = people()
    tire(stranger, known, records=limited_records)
    assert people().log_in(known).status == 200
    check_limited(stranger.log_in(known), least=10, most=16)


@pytest.mark.asvs("2.3.2", "2.4.1")
def test_log_ins_from_one_client_address(people: People, limited_records: Records, email: str) -> None:
    """20 a minute and 200 an hour, whoever they are for and whatever comes of them."""
    client = people()
    for minute in range(10):
        for number in range(20):
            assert client.log_in(f"{minute}.{number}.{email}", WRONG).status == 401
        if minute < 9:
            check_limited(client.log_in(email), least=50, most=60)
            let_pass(limited_records, seconds=61)
    let_pass(limited_records, seconds=61)
    wait = check_limited(client.log_in(email), least=3600 - 700, most=3600 - 600)
    let_pass(limited_records, seconds=wait)
    assert client.log_in(email, WRONG).status == 401


@pytest.mark.asvs("4.1.3", "15.3.4")
@pytest.mark.parametrize("source", ["127.0.0.9", "127.0.0.10"])
def test_a_client_cannot_choose_its_address(
    limited: Service, limited_records: Records, email: str, source: str
) -> None:
    """What somebody who is no proxy says of where they come from is not heard, however it is spelled."""
    limited_records.limits.delete_many({})
    names = (
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Real-IP",
        "Forwarded",
        "X-Client-IP",
        "CF-Connecting-IP",
        "True-Client-IP",
    )
    told = []
    for number in range(21):
        headers = [f"{name}: {'for=' if name == 'Forwarded' else ''}192.0.2.{number}" for name in names]
        request = post("/login", {"email": f"{number}.{email}", "password": WRONG}, *headers)
        told.append(exchange(limited, request, source=source).status)
    assert told == [401] * 20 + [429]


@pytest.mark.asvs("4.1.3")
@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.17", "198.51.100.1, 203.0.113.17", True),
        ("203.0.113.27", "203.0.113.27, 127.0.0.1", True),
        ("203.0.113.37", "::ffff:203.0.113.37", True),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff:ffff:ffff:ffff", True),
        ("2001:db8:2:1::1", "2001:DB8:2:1:0:0:0:2", True),
        ("2001:db8:3:1::1", "2001:db8:3:2::1", False),
    ],
)
def test_behind_the_proxy_clients_are_told_apart(
    people: People, email: str, first: str, second: str, is_one: bool
) -> None:
    """By the address that the proxy itself has seen, at the right; an IPv6 /64 counts as one."""
    one = people(ip=first)
    assert [one.log_in(f"{number}.{email}", WRONG).status for number in range(20)] == [401] * 20
    assert one.log_in(email, WRONG).status == 429
    assert people(ip=second).log_in(email, WRONG).status == (429 if is_one else 401)

"""Decoys: an unknown address costs what it would cost if it had an account, and always the same."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth import accounts
from user_auth.accounts import User, bulk, decoys, passwords
from user_auth.accounts.decoys import HashKinds
from user_auth.crypto.passwords import UNUSABLE, Pepper, kind, own_kind
from user_auth.foundation.addresses import EmailAddress, parse
from user_auth.mongo import connection

pytestmark = pytest.mark.usefixtures("mongo")

OURS = own_kind(rounds=4)
PBKDF2_HASH = "pbkdf2_sha256$1000$salt$Bm2qpnTWAuWl5GlIOp8+taR2VwlB87plvWEGfR0vfVE="
PBKDF2 = "pbkdf2_sha256$1000$*$*"
SCRYPT_HASH = f"scrypt$16$salt$8$1${'A' * 86}=="
SCRYPT = "scrypt$16$*$8$1$*"
PEPPER = Pepper.from_secret("a secret")
_numbers = count()


@pytest.fixture(autouse=True)
def _forgetful(mongo: None) -> Iterator[None]:
    """What the process knows is what the test has stored."""
    decoys.known_kinds.forget()
    yield
    decoys.known_kinds.forget()


def have(number: int, password_hash: str) -> None:
    """Let so many accounts have such a hash."""
    made = [f"user{next(_numbers)}@example.com" for _ in range(number)]
    bulk.insert([accounts.draft(parse(one), user_id=ObjectId(), name="", password_hash=password_hash) for one in made])


def strangers(number: int) -> list[EmailAddress]:
    return [parse(f"stranger{each}@example.com") for each in range(number)]


def drawn(addresses: list[EmailAddress]) -> Counter[str]:
    return Counter(decoys.kind_for(address.digest) for address in addresses)


def ours() -> str:
    return passwords.hash_password("violet otter parade")


def test_without_accounts_a_decoy_is_like_what_is_made_here() -> None:
    """Also before anything was counted."""
    assert drawn(strangers(20)) == {OURS: 20}
    decoys.count()
    assert drawn(strangers(20)) == {OURS: 20}
    assert kind(decoys.decoy(strangers(1)[0].digest, pepper=PEPPER)) == OURS


@pytest.mark.asvs("6.3.8")
def test_decoys_are_drawn_in_the_proportions_stored() -> None:
    """A thousand strangers have what a thousand users would have, give or take a few."""
    have(60, PBKDF2_HASH)
    have(30, ours())
    have(10, SCRYPT_HASH)
    decoys.count()
    shares = drawn(strangers(1000))
    assert shares.keys() == {PBKDF2, OURS, SCRYPT}
    assert 540 < shares[PBKDF2] < 660
    assert 240 < shares[OURS] < 360
    assert 65 < shares[SCRYPT] < 140


@pytest.mark.asvs("6.3.8")
def test_an_address_has_the_same_decoy_every_time() -> None:
    """However it is written, and in every process; with another key it would have another."""
    have(10, PBKDF2_HASH)
    have(10, ours())
    decoys.count()
    one = {address.canonical: decoys.kind_for(address.digest) for address in strangers(100)}
    decoys.known_kinds.forget()
    assert {
        address.canonical: decoys.kind_for(parse(address.stored.upper()).digest) for address in strangers(100)
    } == one


def test_decoys_hang_on_the_key(settings: Settings) -> None:
    """Who has the source alone cannot work out which kind a stranger is given."""
    have(10, PBKDF2_HASH)
    have(10, ours())
    decoys.count()
    one = [decoys.kind_for(address.digest) for address in strangers(100)]
    settings.USER_AUTH = {**settings.USER_AUTH, "SECRET_KEY": "another key, which is long enough too"}
    assert [decoys.kind_for(address.digest) for address in strangers(100)] != one


def test_as_users_come_over_strangers_do_too_and_none_goes_back() -> None:
    """A real account never goes back to its old hash either."""
    have(50, PBKDF2_HASH)
    have(50, ours())
    decoys.count()
    before = {address.digest for address in strangers(400) if decoys.kind_for(address.digest) == OURS}
    User.objects(password_hash=PBKDF2_HASH).limit(25).update(password_hash=ours())
    have(25, ours())
    decoys.count()
    after = {address.digest for address in strangers(400) if decoys.kind_for(address.digest) == OURS}
    assert before < after


def test_after_the_cost_is_raised_the_old_cost_goes_on() -> None:
    """For as many strangers as there are accounts that were not rehashed yet."""
    have(50, ours())
    have(50, passwords.hash_password("x").replace("$2b$04$", "$2b$05$"))
    decoys.count()
    shares = drawn(strangers(200))
    assert shares.keys() == {OURS, own_kind(rounds=5)}
    assert 60 < shares[OURS] < 140


def test_accounts_without_a_password_and_broken_hashes_do_not_count() -> None:
    """They are checked like strangers, so that what they have is what the others have."""
    have(50, UNUSABLE)
    have(50, "broken")
    have(1, SCRYPT_HASH)
    decoys.count()
    assert drawn(strangers(20)) == {SCRYPT: 20}


@pytest.mark.asvs("6.3.8")
def test_an_account_without_a_password_is_a_stranger(caplog: pytest.LogCaptureFixture) -> None:
    """The same decoy, no password opens it, and nobody is told of a broken hash."""
    address = strangers(1)[0]
    user = accounts.create(address, user_id=ObjectId(), name="", password_hash=UNUSABLE)
    assert user
    assert not any(passwords.verify(password, user=user, address=address) for password in ("", "!", UNUSABLE))
    assert not caplog.records


def test_many_accounts_are_counted_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large enough to tell the proportions."""
    monkeypatch.setattr(decoys, "SAMPLE", 100)
    have(150, PBKDF2_HASH)
    have(150, ours())
    decoys.count()
    shares = decoys.known_kinds.shares()
    assert sum(share.accounts for share in shares) == 100
    assert 20 < next(share.accounts for share in shares if share.kind == OURS) < 80


def test_the_luck_of_the_draw_moves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample is a little different every time; an account that changed back and forth would be a stranger's."""
    monkeypatch.setattr(decoys, "SAMPLE", 100)
    monkeypatch.setattr(decoys, "NOISE", 0.4)
    have(150, PBKDF2_HASH)
    have(150, ours())
    decoys.count()
    first = {share.kind: share.accounts for share in decoys.known_kinds.shares()}
    for _ in range(5):
        decoys.count()
        assert {share.kind: share.accounts for share in decoys.known_kinds.shares()} == first
    User.objects(password_hash=PBKDF2_HASH).update(password_hash=ours())
    decoys.count()
    assert drawn(strangers(20)) == {OURS: 20}


def test_a_new_kind_is_taken_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few have it."""
    monkeypatch.setattr(decoys, "SAMPLE", 100)
    have(98, ours())
    have(2, UNUSABLE)
    decoys.count()
    User.objects(password_hash=UNUSABLE).update(password_hash=SCRYPT_HASH)
    decoys.count()
    assert drawn(strangers(2000)).keys() == {OURS, SCRYPT}


def test_only_the_commonest_kinds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the record stays small, whatever a file brought."""
    monkeypatch.setattr(decoys, "MAX_KINDS", 2)
    for number, password_hash in ((3, PBKDF2_HASH), (1, SCRYPT_HASH), (2, ours())):
        have(number, password_hash)
    decoys.count()
    assert {share.kind: share.accounts for share in decoys.known_kinds.shares()} == {PBKDF2: 3, OURS: 2}


def test_it_is_counted_every_few_minutes_by_one_worker(clock: MovableClock) -> None:
    """The chore of any worker may do it; what another has just done is left."""
    have(1, PBKDF2_HASH)
    decoys.keep_counted()
    assert drawn(strangers(5)) == {PBKDF2: 5}
    User.objects.update(password_hash=ours())
    decoys.keep_counted()
    decoys.known_kinds.forget()
    assert drawn(strangers(5)) == {PBKDF2: 5}
    clock.tick(seconds=decoys.COUNT_EVERY.total_seconds() + 1)
    decoys.keep_counted()
    assert drawn(strangers(5)) == {OURS: 5}
    assert HashKinds.objects.count() == 1


def test_a_log_in_costs_no_command_more() -> None:
    """The proportions are read once a minute, whoever signs in."""
    decoys.count()
    address = strangers(1)[0]
    user = accounts.create(address, user_id=ObjectId(), name="", password_hash=ours())
    passwords.verify("wrong", user=None, address=address)
    before = _finds()
    for _ in range(5):
        passwords.verify("wrong", user=None, address=address)
        passwords.verify("wrong", user=user, address=address)
    assert _finds() == before


def _finds() -> int:
    metrics = connection.database().command("serverStatus")["metrics"]["commands"]
    return int(metrics["find"]["total"] + metrics["aggregate"]["total"])

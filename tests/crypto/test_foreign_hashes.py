"""Hashes of other systems: the real ones open, the rest is refused in silence about what it holds."""

import logging
import time

import bcrypt
import pytest
from argon2 import low_level as argon2
from django.contrib.auth import hashers
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.crypto import passwords
from user_auth.crypto.foreign_hashes import BrokenHashError
from user_auth.crypto.passwords import UNUSABLE, Pepper, adopt, decoy_of, kind, needs_rehash, verify

PASSWORD = "correct hörse"
PEPPER = Pepper.from_secret("a secret")
PBKDF2_DIGEST = "Bm2qpnTWAuWl5GlIOp8+taR2VwlB87plvWEGfR0vfVE="
BCRYPT_REST = "VtTfNEyn8StB7cdEr3UHVORsSbG3ZJYS0nRt6HewBtxLlN6V0dgKe"
SCRYPT_DIGEST = "JqMrTw/CmLfeWlHY/hxBmbPpmHRRuVcnw/Sj4/e2OmfZEybnWuRgmubuCtsjLAJJK0kF892bDJ4kBqV4lODWvw=="
RFC_7914_DIGEST = "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"
ARGON2_REST = "M2RCeWhxV3lIQ0NnbDRXSmdOT0lwWg$ZyfhXw2GFctepOJrpQvuuNGIViaKpkwtSw5S+gnChZw"

# The scheme's own vectors (crypt_blowfish, the Argon2 reference, RFC 7914), and what a Django 5.2 wrote.
KNOWN = [
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
    (
        "pleaseletmein",
        f"$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU${RFC_7914_DIGEST}",
    ),
    ("pw", f"pbkdf2_sha256$1000000$R9v7Z77qbzI2pNnybM7W4n${PBKDF2_DIGEST}"),
    ("pw", "pbkdf2_sha1$1000000$mVKYdqqVpLmQaxBPlT17tc$p6PflA3Fd4ZL1McLH0RH+Z+G0yA="),
    ("pw", f"bcrypt$$2b$12${BCRYPT_REST}"),
    ("pw", "bcrypt_sha256$$2b$12$v9/2TihkXU4g.BZH3AuVN.1dgWJsoIgI62vjtI3DmlrrtHBaJg79W"),
    ("pw", f"argon2$argon2id$v=19$m=102400,t=2,p=8${ARGON2_REST}"),
    ("pw", f"scrypt$16384$HKEd0ApZzUpI4kMt2vlxKW$8$5${SCRYPT_DIGEST}"),
]
ALIKE = {
    f"$2a$12${BCRYPT_REST}": f"bcrypt$$2a$12${BCRYPT_REST}",
    f"$2b$12${BCRYPT_REST}": f"bcrypt$$2b$12${BCRYPT_REST}",
    f"$2y$12${BCRYPT_REST}": f"bcrypt$$2y$12${BCRYPT_REST}",
    f"bcrypt$$2b$12${BCRYPT_REST}": f"bcrypt$$2b$12${BCRYPT_REST}",
    f"bcrypt_sha256$$2b$12${BCRYPT_REST}": f"bcrypt_sha256$$2b$12${BCRYPT_REST}",
    f"$argon2id$v=19$m=102400,t=2,p=8${ARGON2_REST}": f"argon2$argon2id$v=19$m=102400,t=2,p=8${ARGON2_REST}",
    f"$argon2i$m=512,t=2,p=2${ARGON2_REST}": f"argon2$argon2i$m=512,t=2,p=2${ARGON2_REST}",
    f"pbkdf2_sha256$1000000$salt${PBKDF2_DIGEST}": f"pbkdf2_sha256$1000000$salt${PBKDF2_DIGEST}",
    f"scrypt$16384$salt$8$5${SCRYPT_DIGEST}": f"scrypt$16384$salt$8$5${SCRYPT_DIGEST}",
    "$scrypt$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43: "scrypt_phc$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43,
}
# Their checks take hundredths of a second.
MIDDLING = [
    f"pbkdf2_sha256$200000$salt${PBKDF2_DIGEST}",
    f"bcrypt$$2b$09${BCRYPT_REST}",
    f"bcrypt_sha256$$2b$09${BCRYPT_REST}",
    f"argon2$argon2id$v=19$m=16384,t=3,p=2${ARGON2_REST}",
    f"scrypt$16384$salt$8$2${SCRYPT_DIGEST}",
]
REFUSED = [
    "",
    "$",
    "password",
    "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "pbkdf2_sha256$0$salt$" + PBKDF2_DIGEST,
    "pbkdf2_sha256$-1$salt$" + PBKDF2_DIGEST,
    "pbkdf2_sha256$1000000$$" + PBKDF2_DIGEST,
    "pbkdf2_sha256$1000000$salt$" + PBKDF2_DIGEST[:-4],
    "pbkdf2_sha256$٣$salt$" + PBKDF2_DIGEST,
    "pbkdf2_sha512$1000$salt$" + PBKDF2_DIGEST,
    f"$2x$12${BCRYPT_REST}",
    f"$2$12${BCRYPT_REST}",
    f"$2b$12${BCRYPT_REST[:-1]}",
    f"$2b$12${BCRYPT_REST}\n",
    f"$2b$03${BCRYPT_REST}",
    f"$2b$12${'z' * 53}",
    f"$argon2id$v=18$m=102400,t=2,p=8${ARGON2_REST}",
    f"$argon2id$v=19$m=102400,t=0,p=8${ARGON2_REST}",
    f"$argon2id$v=19$m=63,t=2,p=8${ARGON2_REST}",
    f"$argon2xd$v=19$m=102400,t=2,p=8${ARGON2_REST}",
    "$argon2id$v=19$m=102400,t=2,p=8$c2FsdA",
    f"scrypt$16383$salt$8$5${SCRYPT_DIGEST}",
    f"scrypt$0$salt$8$5${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$0$5${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$8$5${SCRYPT_DIGEST[:-10]}",
    f"bcrypt-hmac-sha384$$2b$12${BCRYPT_REST}",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$21${BCRYPT_REST}",
]
TOO_DEAR = [
    f"pbkdf2_sha256$5000001$salt${PBKDF2_DIGEST}",
    f"pbkdf2_sha256$999999999$salt${PBKDF2_DIGEST}",
    f"$2b$15${BCRYPT_REST}",
    f"bcrypt_sha256$$2b$31${BCRYPT_REST}",
    f"$argon2id$v=19$m=262145,t=1,p=1${ARGON2_REST}",
    f"$argon2id$v=19$m=65536,t=17,p=1${ARGON2_REST}",
    f"$argon2id$v=19$m=1024,t=1,p=17${ARGON2_REST}",
    f"$argon2id$v=19$m=999999999,t=999999999,p=1${ARGON2_REST}",
    f"scrypt$262144$salt$8$1${SCRYPT_DIGEST}",
    f"scrypt$16384$salt$8$33${SCRYPT_DIGEST}",
    f"scrypt$2$salt$1$999999999${SCRYPT_DIGEST}",
    "$scrypt$ln=99,r=8,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43,
]


class LightBcryptSha256(hashers.BCryptSHA256PasswordHasher):
    rounds = 4


# One of each kind, cheap to check.
SALT = "saltsaltsaltsaltsaltsa"
LIGHT = {
    "pbkdf2_sha256": hashers.PBKDF2PasswordHasher().encode(PASSWORD, SALT, iterations=7),
    "pbkdf2_sha1": hashers.PBKDF2SHA1PasswordHasher().encode(PASSWORD, SALT, iterations=7),
    "bcrypt": "bcrypt$" + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "bcrypt_sha256": LightBcryptSha256().encode(PASSWORD, LightBcryptSha256().salt()),
    "argon2": "argon2" + argon2.hash_secret(PASSWORD.encode(), SALT.encode(), 1, 64, 2, 32, argon2.Type.ID).decode(),
    "scrypt": hashers.ScryptPasswordHasher().encode(PASSWORD, SALT, n=16, r=8, p=1),
}


def opens(password: str, hashed: str) -> bool:
    return verify(password, adopt(hashed, peppers=[PEPPER]), peppers=[PEPPER])


@pytest.mark.parametrize(("password", "hashed"), KNOWN)
def test_a_known_hash_opens_for_its_password_only(password: str, hashed: str) -> None:
    """As their makers wrote them, at what they cost there."""
    assert opens(password, hashed)
    assert not opens(f"{password} ", hashed)


@pytest.mark.parametrize("scheme", LIGHT)
def test_a_hash_of_each_scheme_opens_for_its_password_only(scheme: str) -> None:
    """All that Django has by default."""
    assert opens(PASSWORD, LIGHT[scheme])
    assert not any(opens(wrong, LIGHT[scheme]) for wrong in ("", PASSWORD.upper(), f" {PASSWORD}"))


@pytest.mark.parametrize("version", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_opens_whatever_its_version_is_called(version: str) -> None:
    """The names tell of bugs that these hashes do not have."""
    hashed = version + LIGHT["bcrypt"].removeprefix("bcrypt$$2b$")
    assert opens(PASSWORD, hashed)
    assert not opens("wrong", hashed)


@pytest.mark.parametrize("variant", list(argon2.Type))
@pytest.mark.parametrize("version", [19, 16])
def test_argon2_opens_in_all_variants(variant: argon2.Type, version: int) -> None:
    hashed = argon2.hash_secret(PASSWORD.encode(), b"saltsalt", 1, 64, 1, 16, variant, version=version).decode()
    assert opens(PASSWORD, hashed)
    assert not opens("wrong", hashed)


@pytest.mark.parametrize(("given_form", "kept"), ALIKE.items())
def test_a_hash_is_kept_as_django_writes_it(given_form: str, kept: str) -> None:
    """Whether it came from Django or not; and what is kept is read again, as an export does."""
    assert adopt(given_form, peppers=[]) == kept
    assert adopt(kept, peppers=[]) == kept


@pytest.mark.parametrize("hashed", [*REFUSED, *TOO_DEAR])
def test_what_cannot_be_checked_is_not_let_in(hashed: str, caplog: pytest.LogCaptureFixture) -> None:
    """The reason holds nothing of it; and were it stored all the same, it would be a wrong password, at once."""
    with pytest.raises(BrokenHashError) as refused:
        adopt(hashed, peppers=[PEPPER])
    assert not [part for part in hashed.split("$") if len(part) > 3 and part in str(refused.value)]
    started = time.process_time()
    assert not verify(PASSWORD, hashed, peppers=[PEPPER])
    assert time.process_time() - started < 0.5
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("hashed", TOO_DEAR)
def test_a_hash_that_costs_too_much_is_told_from_one_that_is_broken(hashed: str) -> None:
    with pytest.raises(BrokenHashError, match="cost is impossible or above the limit"):
        adopt(hashed, peppers=[])


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(deadline=None, database=None, max_examples=60)
def test_no_text_in_the_place_of_a_hash_raises_anything_else(text: str) -> None:
    for hashed in (text, f"bcrypt$$2b$04${text}", f"$argon2id${text}", f"scrypt${text}", f"pbkdf2_sha256$1${text}"):
        with pytest.raises(BrokenHashError):
            adopt(hashed if not hashed.startswith(UNUSABLE) else f"x{hashed}", peppers=[])


def test_a_hash_of_ours_needs_its_pepper() -> None:
    """Without it nobody could sign in, so it is told when users move, not when they come."""
    hashed = passwords.hash_password(PASSWORD, pepper=PEPPER, rounds=4)
    assert adopt(hashed, peppers=[Pepper.from_secret("another"), PEPPER]) == hashed
    with pytest.raises(BrokenHashError, match="SECRET_KEY"):
        adopt(hashed, peppers=[Pepper.from_secret("another")])


def test_no_password_is_a_password_that_nothing_opens() -> None:
    """Django's sign for it, with anything behind it."""
    stored = adopt("!PbiZuN1NLDKExnqU2vfBX2LN3drXVmOTAu5KAOau", peppers=[])
    assert stored == UNUSABLE
    assert passwords.is_unusable(stored)
    assert not any(map(passwords.is_unusable, LIGHT.values()))


def test_bcrypt_looks_at_72_bytes_as_it_always_did() -> None:
    """Or the owners of long passwords could not come along."""
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert opens("x" * 72 + "whatever follows", hashed)
    assert not opens("x" * 71, hashed)


def test_a_password_is_taken_as_it_was_typed() -> None:
    """The old systems normalized nothing: another way to write the same letter never opened there either."""
    assert opens("e\u0301", hashers.ScryptPasswordHasher().encode("e\u0301", SALT, n=16))
    assert not opens("\u00e9", hashers.ScryptPasswordHasher().encode("e\u0301", SALT, n=16))


@pytest.mark.parametrize("password", ["correct\0horse", "\ud800", "\0"])
def test_a_password_that_cannot_be_set_here_opens_nothing(password: str) -> None:
    """It could not be hashed anew at the log-in, and was nobody's."""
    hashed = argon2.hash_secret(password.encode("utf-8", "surrogatepass"), b"saltsalt", 1, 64, 1, 16, argon2.Type.ID)
    assert not opens(password, hashed.decode())


@pytest.mark.parametrize("hashed", LIGHT.values(), ids=LIGHT)
def test_every_foreign_hash_is_replaced_at_the_log_in(hashed: str) -> None:
    """Even where ours would be cheaper."""
    assert needs_rehash(hashed, pepper=PEPPER, rounds=4)


@pytest.mark.parametrize(("password", "hashed"), KNOWN)
def test_a_kind_is_a_hash_without_what_is_secret(password: str, hashed: str) -> None:
    """Two hashes of one cost are of one kind, and it holds neither salt nor digest."""
    stored = adopt(hashed, peppers=[])
    found = kind(stored)
    assert not [part for part in found.split("$") if len(part) > 16 and part.isalnum()]
    assert kind(decoy_of(found, pepper=PEPPER)) == found
    assert decoy_of(found, pepper=PEPPER) != stored


@pytest.mark.parametrize("hashed", LIGHT.values(), ids=LIGHT)
def test_a_decoy_of_any_kind_opens_for_nobody(hashed: str, caplog: pytest.LogCaptureFixture) -> None:
    """It can be checked like a real one: nothing is logged."""
    decoy = decoy_of(kind(hashed), pepper=PEPPER)
    assert not any(verify(password, decoy, peppers=[PEPPER]) for password in ("", PASSWORD))
    assert not caplog.records


def test_kinds_of_ours_differ_by_cost_alone() -> None:
    """Another pepper costs the same."""
    hashes = [passwords.hash_password(PASSWORD, pepper=PEPPER, rounds=rounds) for rounds in (4, 4, 5)]
    other = passwords.hash_password(PASSWORD, pepper=Pepper.from_secret("another"), rounds=4)
    assert kind(hashes[0]) == kind(hashes[1]) == kind(other) == passwords.own_kind(rounds=4)
    assert kind(hashes[2]) == passwords.own_kind(rounds=5)
    assert passwords.kind(decoy_of(passwords.own_kind(rounds=5), pepper=PEPPER)) == passwords.own_kind(rounds=5)


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("hashed", MIDDLING)
def test_a_decoy_costs_as_much_to_check_as_a_real_hash(hashed: str) -> None:
    """Whatever its kind; in processor time, the best of three."""
    real, decoy = (min(_cost(each) for _ in range(3)) for each in (hashed, decoy_of(kind(hashed), pepper=PEPPER)))
    assert real / 2 < decoy < real * 2


def _cost(stored: str) -> float:
    started = time.process_time()
    verify("wrong", stored, peppers=[PEPPER])
    return time.process_time() - started

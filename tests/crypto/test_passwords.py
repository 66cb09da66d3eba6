import logging
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.crypto import passwords
from user_auth.crypto.passwords import Pepper, decoy, hash_password, needs_rehash, verify

PEPPER = Pepper.from_secret("a secret")
OLD_PEPPER = Pepper.from_secret("an older secret")
STORED = re.compile(r"bcrypt-hmac-sha384\$[0-9a-f]{12}\$2b\$04\$[./A-Za-z0-9]{53}")

BROKEN = [
    "",
    "$",
    "$2b$04$" + "." * 53,
    "md5$abc",
    "bcrypt-hmac-sha384$",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$04$short",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$04${'a' * 53}",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$99${'.' * 53}",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$03${'.' * 53}",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$04${'.' * 53}\n",
    f"bcrypt-hmac-sha384${PEPPER.id}$2b$٠٤${'.' * 53}",
    "bcrypt-hmac-sha384$\ud800",
]


def hashed(password: str, *, pepper: Pepper = PEPPER, rounds: int = 4) -> str:
    return hash_password(password, pepper=pepper, rounds=rounds)


def opens(password: str, stored: str) -> bool:
    return verify(password, stored, peppers=[PEPPER, OLD_PEPPER])


def test_a_password_opens_its_own_hash_only() -> None:
    stored = hashed("correct horse")
    assert opens("correct horse", stored)
    assert not opens("correct horsf", stored)
    assert not opens("correct horse ", stored)
    assert not opens("", stored)


@pytest.mark.asvs("11.2.2", "11.4.2")
def test_a_stored_hash_tells_scheme_pepper_and_cost() -> None:
    """And no two are alike, as each has its own salt."""
    first, second = hashed("correct horse"), hashed("correct horse")
    assert STORED.fullmatch(first)
    assert first.split("$")[1] == PEPPER.id
    assert first != second


def test_a_hash_of_an_earlier_release_still_opens() -> None:
    """The way from password to hash is for ever."""
    assert opens(
        "correct horse", "bcrypt-hmac-sha384$29441d54b99e$2b$04$NV2DW9szY/rJU0jYl/zUOegKmGD4xmaW1eqMgFGjNaLhcZ61u9YGu"
    )


@pytest.mark.asvs("6.2.8", "6.2.9")
def test_every_character_counts() -> None:
    """Bcrypt alone would stop at 72 bytes, and older ones at NUL."""
    stored = hashed("x" * 100 + "a")
    assert not opens("x" * 100 + "b", stored)
    assert not opens("x" * 100 + "a\0", stored)


def test_the_same_password_from_another_keyboard_opens() -> None:
    """An accented letter is one character here and two there."""
    assert opens("Mu\u0308nchen 1972", hashed("M\u00fcnchen 1972"))
    assert passwords.normalize("e\u0301") == "\u00e9"


def test_the_hash_needs_the_pepper() -> None:
    """Who has the database alone cannot even try passwords, nor hashes leaked elsewhere."""
    stored = hashed("correct horse")
    same_id = Pepper(id=PEPPER.id, key=OLD_PEPPER.key)
    assert not verify("correct horse", stored, peppers=[same_id])


@pytest.mark.asvs("11.2.2")
def test_a_hash_of_a_former_pepper_still_opens() -> None:
    assert opens("correct horse", hashed("correct horse", pepper=OLD_PEPPER))


@pytest.mark.asvs("11.2.5")
def test_a_hash_of_an_unknown_pepper_is_a_failed_login_and_a_logged_error(caplog: pytest.LogCaptureFixture) -> None:
    stored = hashed("correct horse", pepper=OLD_PEPPER)
    assert not verify("correct horse", stored, peppers=[PEPPER])
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "pepper" in caplog.text
    assert stored.split("$")[-1] not in caplog.text


@pytest.mark.asvs("11.2.5")
@pytest.mark.parametrize("stored", BROKEN)
def test_a_broken_hash_is_a_failed_login_and_a_logged_error(stored: str, caplog: pytest.LogCaptureFixture) -> None:
    assert opens("correct horse", stored) is False
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "....." not in caplog.text


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(deadline=None, database=None, max_examples=60)
def test_no_text_in_the_place_of_a_hash_raises(stored: str) -> None:
    assert opens("correct horse", stored) is False
    assert opens("correct horse", f"bcrypt-hmac-sha384${stored}") is False


@pytest.mark.parametrize("password", ["\0", "correct\0horse", "\ud800", "horse\udfff"])
def test_a_password_that_cannot_be_set_is_just_wrong(password: str) -> None:
    """Setting it is refused, trying it is a wrong password."""
    with pytest.raises(ValueError, match="NUL"):
        hashed(password)
    assert not opens(password, hashed("correct horse"))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=128))
@settings(deadline=None, database=None, max_examples=40)
def test_any_other_password_can_be_set(password: str) -> None:
    assert opens(password, hashed(password))


@pytest.mark.asvs("11.2.2")
def test_a_hash_is_replaced_upward_only() -> None:
    """A cheaper hash, another pepper, another scheme: yes. The same or a dearer one: no."""
    assert needs_rehash(hashed("x", rounds=4), pepper=PEPPER, rounds=5)
    assert not needs_rehash(hashed("x", rounds=5), pepper=PEPPER, rounds=5)
    assert not needs_rehash(hashed("x", rounds=5), pepper=PEPPER, rounds=4)
    assert needs_rehash(hashed("x", pepper=OLD_PEPPER, rounds=5), pepper=PEPPER, rounds=5)
    assert needs_rehash("argon2$whatever", pepper=PEPPER, rounds=4)


def test_a_decoy_looks_like_a_hash_and_opens_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    made = [decoy(pepper=PEPPER, rounds=4) for _ in range(200)]
    assert all(STORED.fullmatch(stored) for stored in made)
    assert len(set(made)) == 200
    assert not any(opens(password, stored) for stored in made for password in ("", "correct horse"))
    assert not caplog.records


def test_the_last_character_of_a_decoy_is_one_that_bcrypt_writes() -> None:
    """Its last character carries 4 bits: others would tell a decoy in a copy of the database."""
    real = {hashed("x")[-1] for _ in range(200)}
    fake = {decoy(pepper=PEPPER, rounds=4)[-1] for _ in range(200)}
    assert len(real | fake) <= 16


@pytest.mark.asvs("6.3.8")
def test_a_decoy_costs_nothing_to_make_and_the_full_price_to_check() -> None:
    """At cost 12 a hash takes a quarter of a second: a decoy is made in a fraction and checked in all of it."""
    started = time.thread_time()
    stored = decoy(pepper=PEPPER, rounds=12)
    made = time.thread_time()
    assert not opens("correct horse", stored)
    checked = time.thread_time()
    assert made - started < (checked - made) / 10


@pytest.mark.asvs("6.3.8")
def test_an_unknown_pepper_does_not_make_the_answer_faster() -> None:
    """The work of bcrypt is done all the same."""
    stored = hashed("correct horse", rounds=10)
    started = time.thread_time()
    verify("correct horse", stored, peppers=[PEPPER])
    known = time.thread_time()
    verify("correct horse", stored, peppers=[OLD_PEPPER])
    unknown = time.thread_time()
    assert unknown - known > (known - started) / 3


def test_the_key_of_a_pepper_is_not_shown() -> None:
    assert repr(PEPPER.key) not in repr(PEPPER)
    assert "key" not in repr(PEPPER)

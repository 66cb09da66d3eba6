import pytest

from user_auth.crypto.keys import Purpose, derive, key_id


def test_each_purpose_has_a_key_of_its_own() -> None:
    """One secret gives as many different keys as there are purposes."""
    assert len({derive("secret", purpose) for purpose in Purpose}) == len(Purpose)


def test_a_derived_key_never_changes() -> None:
    """What was made with an earlier release must open with a later one: this value is for ever."""
    derived = derive("a secret", Purpose.TOKEN)
    assert derived.hex() == "1c65fd255450ae0f5be45e4ac7bd8c960e9d10f90aaf8adc1869a590765134c1"


def test_another_secret_gives_another_key() -> None:
    assert derive("secret", Purpose.CODE) != derive("secret2", Purpose.CODE)


@pytest.mark.parametrize("length", [16, 32, 64])
def test_a_key_has_the_length_asked_for(length: int) -> None:
    assert len(derive("secret", Purpose.AUDIT, length=length)) == length


def test_nothing_is_derived_from_an_empty_secret() -> None:
    """An unset secret must not turn into a key that everybody can compute."""
    with pytest.raises(ValueError, match="empty"):
        derive("", Purpose.TOKEN)


def test_a_secret_of_bytes_that_are_no_utf8_works() -> None:
    """The environment hands such bytes over as lone surrogates."""
    assert derive(b"\xff\xfe".decode("utf-8", "surrogateescape"), Purpose.TOKEN) != derive("??", Purpose.TOKEN)


def test_a_key_id_is_short_stable_and_not_part_of_the_key() -> None:
    """12 hex digits that differ between keys and are no prefix of a plain hash of the key."""
    assert key_id(b"k" * 32) == "6f5e5c457360"
    assert key_id(b"k" * 32) != key_id(b"l" * 32)

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.crypto.digests import keyed_digest, same, sha256_hex

any_text = st.text(st.characters(exclude_categories=()), max_size=20)


def test_sha256_hex_is_that_of_the_utf8_text() -> None:
    assert sha256_hex("zoë") == hashlib.sha256("zoë".encode()).hexdigest()


def test_a_keyed_digest_depends_on_its_key() -> None:
    assert keyed_digest(b"k" * 32, "a") != keyed_digest(b"l" * 32, "a")


def test_a_keyed_digest_never_changes() -> None:
    """Stored digests must still match in a later release."""
    assert keyed_digest(b"k" * 32, "a", "b") == "2e848ae44bea03a18ab7052390fedf6d447137871c37e583965882b009de7484"


@given(st.lists(any_text, max_size=4), st.lists(any_text, max_size=4))
@settings(deadline=None, database=None)
def test_parts_cannot_be_shifted_into_each_other(left: list[str], right: list[str]) -> None:
    """Different lists of parts have different digests, even where their texts joined are the same."""
    assert (keyed_digest(b"k", *left) == keyed_digest(b"k", *right)) is (left == right)


def test_moving_a_border_between_parts_changes_the_digest() -> None:
    digests = {keyed_digest(b"k", *parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc")]}
    assert len(digests) == 5


@given(any_text, any_text)
@settings(deadline=None, database=None)
def test_any_texts_can_be_compared(left: str, right: str) -> None:
    """Also beyond ASCII, where the standard library's function raises."""
    assert same(left, right) is (left == right)
    assert same(left, left)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.crypto.boxes import BrokenBoxError, seal, unseal

KEY = b"k" * 32


@given(st.text(), st.text())
@settings(deadline=None, database=None)
def test_a_box_opens_with_its_key_and_context(plaintext: str, context: str) -> None:
    assert unseal(KEY, seal(KEY, plaintext, context=context), context=context) == plaintext


@pytest.mark.asvs("11.3.4")
def test_a_box_does_not_show_what_is_in_it() -> None:
    """Nor does it show that two boxes hold the same."""
    boxes = {seal(KEY, "123456", context="c1") for _ in range(50)}
    assert len(boxes) == 50
    assert all(b"123456" not in box for box in boxes)


def test_a_box_does_not_open_with_another_key() -> None:
    with pytest.raises(BrokenBoxError):
        unseal(b"l" * 32, seal(KEY, "123456", context="c1"), context="c1")


@pytest.mark.asvs("11.3.3")
def test_a_box_moved_to_another_record_does_not_open() -> None:
    with pytest.raises(BrokenBoxError):
        unseal(KEY, seal(KEY, "123456", context="c1"), context="c2")


@pytest.mark.asvs("11.3.3")
def test_a_box_with_any_bit_changed_does_not_open() -> None:
    box = seal(KEY, "1", context="c1")
    for position in range(len(box) * 8):
        changed = bytearray(box)
        changed[position >> 3] ^= 1 << (position & 7)
        with pytest.raises(BrokenBoxError):
            unseal(KEY, bytes(changed), context="c1")


def test_a_box_cut_short_does_not_open() -> None:
    box = seal(KEY, "123456", context="c1")
    for length in range(len(box)):
        with pytest.raises(BrokenBoxError):
            unseal(KEY, box[:length], context="c1")


@pytest.mark.asvs("11.2.3")
@pytest.mark.parametrize("length", [0, 16, 24, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """16 and 24 bytes would quietly be a weaker cipher."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal(b"k" * length, "123456", context="c1")

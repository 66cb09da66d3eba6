"""Whatever goes in, a line of the log is one line, and its values can be read back."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_auth.audit.lines import MAX_LENGTH, clean, line

PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ "]+)')


def _parse(text: str) -> dict[str, str]:
    assert " ".join(found[0] for found in PAIR.finditer(text)) == text
    return {found[1]: json.loads(found[2]) if found[2].startswith('"') else found[2] for found in PAIR.finditer(text)}


@pytest.mark.asvs("16.2.4", "16.4.1")
@given(st.text(), st.text())
def test_values_can_be_read_back(one: str, other: str) -> None:
    """No text can pretend to be another pair, or another line."""
    told = line({"one": one, "other": other})
    assert told.isascii()
    assert told.isprintable()
    assert _parse(told) == {name: clean(text) for name, text in (("one", one), ("other", other)) if text}


@given(st.text(max_size=1000))
def test_clean_text_is_printable_and_short(text: str) -> None:
    """And cleaning it again changes nothing."""
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert len(cleaned) <= MAX_LENGTH
    assert clean(cleaned) == cleaned


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ada.lovelace@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("to <ada+x@example.co.uk>, bob@b.example", "to <a***@example.co.uk>, b***@b.example"),
        ("mailto:ada@example.com", "mailto:a***@example.com"),
        ("a***@example.com", "a***@example.com"),
        ("ada@straße.de", "a***@straße.de"),
        ("no address @ all", "no address @ all"),
        ("one\r\ntwo\tthree\x00", "one??two?three?"),
    ],
)
def test_addresses_are_masked_and_controls_replaced(text: str, cleaned: str) -> None:
    """Of an address one letter and the domain stay."""
    assert clean(text) == cleaned


def test_what_is_empty_is_left_out() -> None:
    """But zero is not empty."""
    assert line({"a": "", "b": None, "c": 0, "d": "x"}) == "c=0 d=x"

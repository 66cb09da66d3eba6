import re

import pytest

from user_auth.crypto import codes

KEY = b"k" * 32


@pytest.mark.asvs("6.5.4")
def test_a_code_is_six_ascii_digits() -> None:
    """Zero-padded: in 2000 codes some begin with 0, and none is shorter."""
    made = [codes.generate() for _ in range(2000)]
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in made)
    assert any(code.startswith("0") for code in made)
    assert len(set(made)) > 1900


def test_a_code_can_be_longer() -> None:
    assert len(codes.generate(10)) == 10


@pytest.mark.parametrize("digits", [5, 11])
def test_a_code_is_neither_guessable_nor_endless(digits: int) -> None:
    with pytest.raises(ValueError, match="6 to 10"):
        codes.generate(digits)


@pytest.mark.asvs("6.6.2")
def test_a_code_matches_its_own_digest_only_where_it_belongs() -> None:
    """The digest is bound to key, purpose and challenge: the same code opens nothing else."""
    stored = codes.digest("012345", key=KEY, purpose="signup", challenge_id="c1")
    assert codes.matches("012345", stored, key=KEY, purpose="signup", challenge_id="c1")
    assert not codes.matches("012346", stored, key=KEY, purpose="signup", challenge_id="c1")
    assert not codes.matches("012345", stored, key=KEY, purpose="reset", challenge_id="c1")
    assert not codes.matches("012345", stored, key=KEY, purpose="signup", challenge_id="c2")
    assert not codes.matches("012345", stored, key=b"l" * 32, purpose="signup", challenge_id="c1")


@pytest.mark.parametrize("code", ["", "٠١٢٣٤٥", "\ud800", "0" * 5000])
def test_whatever_is_sent_as_a_code_is_just_wrong(code: str) -> None:
    stored = codes.digest("012345", key=KEY, purpose="signup", challenge_id="c1")
    assert not codes.matches(code, stored, key=KEY, purpose="signup", challenge_id="c1")

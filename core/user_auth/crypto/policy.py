"""The rules that a new password must keep."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from user_auth.crypto.passwords import fold, normalize

MAX_LENGTH = 128

# Unicode categories: punctuation, spaces, and the symbols that keyboards have beside them.
_SEPARATORS = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Zs", "Sm", "Sc", "Sk"})
# A shorter run of digits in another one is chance, not a borrowed name.
_SHORTEST_NUMBER = 4


class Weakness(StrEnum):
    """The public code of a broken rule."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: its code and a sentence for the person who chose the password."""

    code: Weakness
    message: str


def problems(
    password: str, *, email: str, service_name: str, min_length: int, is_common: Callable[[str], bool]
) -> list[Problem]:
    """Return the rules that a new password breaks; none, if it is good.

    Args:
        password: As typed; it is normalized here.
        email: The address it is for.
        service_name: What the service calls itself.
        min_length: In code points, after normalization.
        is_common: Tells whether many people use this password.

    Source: NIST SP 800-63B-4 §3.1.1.2; ASVS 6.2.1, 6.2.4, 6.2.9, 6.2.11.
    """
    normal = normalize(password)
    if len(normal) > MAX_LENGTH:
        # The other rules would only cost time.
        return [Problem(Weakness.TOO_LONG, f"Use at most {MAX_LENGTH} characters.")]
    found = []
    if len(normal) < min_length:
        found.append(Problem(Weakness.TOO_SHORT, f"Use at least {min_length} characters."))
    if is_common(normal):
        found.append(Problem(Weakness.COMMON, "Many people use this password, so it is tried first."))
    if _is_derived(normal, email=email, service_name=service_name):
        found.append(Problem(Weakness.DERIVED, "This is your address or the name of this service with little added."))
    return found


def described(*, service_name: str, min_length: int) -> dict[str, object]:
    """Return the rules as data, for a page to judge by while somebody types; which passwords are common it cannot hold."""
    return {
        "min_length": min_length,
        "max_length": MAX_LENGTH,
        "service_name": service_name,
        "separators": sorted(_SEPARATORS),
        "shortest_number": _SHORTEST_NUMBER,
    }


def _is_derived(password: str, *, email: str, service_name: str) -> bool:
    folded = fold(password)
    words = {_without_separators(fold(name)) for name in _names(email, service_name)}
    return any(_is_padded(word, folded) for word in words)


def _names(email: str, service_name: str) -> Iterator[str]:
    local_part, _, domain = email.rpartition("@")
    yield service_name
    yield email
    yield local_part
    yield local_part.partition("+")[0]
    # Which label was registered cannot be told without a list of all public suffixes: each but the last may be it.
    labels = domain.split(".")
    yield from labels[:-1]
    yield from (".".join(labels[start:]) for start in range(len(labels) - 1))


def _is_padded(word: str, password: str) -> bool:
    """Tell whether the password is the word with nothing but digits and punctuation around it and in between."""
    if not any(character.isalpha() for character in word):
        return len(word) >= _SHORTEST_NUMBER and word in _without_separators(password)
    awaited = iter([*word, ""])
    following = next(awaited)
    for character in password:
        if character == following:
            following = next(awaited)
        elif not (_is_separator(character) or _is_digit(character)):
            return False
    return not following


def _without_separators(text: str) -> str:
    return "".join(character for character in text if not _is_separator(character))


def _is_digit(character: str) -> bool:
    return unicodedata.category(character).startswith("N")


def _is_separator(character: str) -> bool:
    return unicodedata.category(character) in _SEPARATORS

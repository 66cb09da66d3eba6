"""The bytes of a body turned into a JSON object, in the strict form that the contract asks for."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from user_auth.foundation.errors import MalformedBodyError

MAX_DEPTH = 8
_INT64 = range(-(2**63), 2**63)
_INT64_CHARACTERS = len(str(_INT64.start))
# Strings are tokens too, so that the brackets inside them are passed over; an unfinished one runs to the end.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def parse(raw: bytes) -> dict[str, Any]:
    """Return the object that ``raw`` holds.

    Raises:
        MalformedBodyError: It is not one JSON object in UTF-8; or it names a field twice, is nested more than 8 deep,
            holds NaN, an infinity, an integer beyond 64 bits, a NUL or a lone surrogate.
    """
    _limit_depth(raw)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except ValueError as error:
        raise MalformedBodyError from error
    if not isinstance(value, dict) or any(map(_is_unfit, _strings(value))):
        raise MalformedBodyError
    return value


def _limit_depth(raw: bytes) -> None:
    # Before decoding, which goes down with the depth until Python's stack is full.
    depth = 0
    for token in _TOKEN.finditer(raw):
        opening = token[0][:1]
        depth += (opening in b"[{") - (opening in b"]}")
        if depth > MAX_DEPTH:
            raise MalformedBodyError(f"The body may be nested {MAX_DEPTH} deep at most.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A field is named twice.")
    return found


def _integer(text: str) -> int:
    # Counted first: int() takes ever longer, and has a limit of its own.
    if len(text) > _INT64_CHARACTERS or int(text) not in _INT64:
        raise ValueError("An integer has more than 64 bits.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("A number is too large.")
    return number


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend([*item.keys(), *item.values()])


def _is_unfit(text: str) -> bool:
    return any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)

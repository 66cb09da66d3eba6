"""A file of users, line by line: JSON lines, or CSV with a header. However long it is, one line is in memory."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

MAX_BYTES = 64 * 1024

# What a spreadsheet may write in front.
_BOM = b"\xef\xbb\xbf"
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]{0,39}")
_TRUTH = {"true": True, "t": True, "yes": True, "1": True, "false": False, "f": False, "no": False, "0": False}

Fields = dict[str, object]
Parse = Callable[[str], Fields]


class FormatError(Exception):
    """The file as a whole is of no form that can be read; the message holds nothing of its records."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: Its place in the file, from 1.
        content: ``None`` when it is too long to be read.
    """

    number: int
    content: bytes | None
    parse: Parse

    def fields(self) -> Fields:
        """Return the values on the line by their names.

        Raises:
            ValueError: It cannot be read; the message says why and holds nothing of it.
        """
        return self.parse(_decoded(self.content))


def read(stream: BinaryIO, *, columns: Sequence[str]) -> Iterator[Line]:
    """Read a file of users; blank lines are passed over.

    Args:
        columns: The names that a CSV header may have.

    Raises:
        FormatError: It is neither JSON lines nor CSV with a header.
    """
    numbered = _written(enumerate(_bounded(stream), start=1))
    for number, content in numbered:
        first = _first(content)
        if first.startswith("{"):
            yield Line(number, content.removeprefix(_BOM) if content else None, _parse_json)
            parse: Parse = _parse_json
        else:
            parse = partial(_parse_csv, columns=_header(first, known=columns))
        break
    else:
        return
    for number, content in numbered:
        yield Line(number, content, parse)


def _bounded(stream: BinaryIO) -> Iterator[bytes | None]:
    """Return line after line, ``None`` for one that is too long."""
    while line := stream.readline(MAX_BYTES + 1):
        is_whole = len(line) <= MAX_BYTES or line.endswith(b"\n")
        yield line if is_whole else None
        while not is_whole:
            rest = stream.readline(MAX_BYTES)
            is_whole = not rest or rest.endswith(b"\n")


def _written(numbered: Iterable[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    return ((number, content) for number, content in numbered if content is None or content.strip())


def _first(content: bytes | None) -> str:
    try:
        text = _decoded(content.removeprefix(_BOM) if content else content).strip()
    except ValueError as error:
        raise FormatError(f"The first line cannot be read: {error}.") from error
    if text.startswith("["):
        raise FormatError("One object a line is needed, not an array of them.")
    return text


def _header(text: str, *, known: Sequence[str]) -> list[str]:
    try:
        columns = [name.strip() for name in _split(text)]
    except ValueError as error:
        raise FormatError(f"The header cannot be read: {error}.") from error
    if not all(map(_COLUMN.fullmatch, columns)):
        # It may be a record, so it is not shown.
        raise FormatError(f"The first line is neither JSON nor a header with some of: {', '.join(known)}.")
    unknown = sorted(set(columns) - set(known))
    if unknown:
        raise FormatError(f"Unknown columns: {', '.join(unknown)}. Known are: {', '.join(known)}.")
    if len(set(columns)) < len(columns) or "email" not in columns:
        raise FormatError("The header must name each column once, and email among them.")
    return columns


def _decoded(content: bytes | None) -> str:
    if content is None:
        raise ValueError(f"it is longer than {MAX_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error


def _parse_json(text: str) -> Fields:
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except json.JSONDecodeError as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - one kind of error for whatever is wrong with a line
    return value


def _once(pairs: list[tuple[str, Any]]) -> Fields:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("it names a field twice")
    return fields


def _parse_csv(text: str, *, columns: Sequence[str]) -> Fields:
    values = _split(text)
    if len(values) != len(columns):
        raise ValueError(f"it has {len(values)} values for {len(columns)} columns")
    return {name: _typed(name, value) for name, value in zip(columns, values, strict=True) if value}


def _split(text: str) -> list[str]:
    # Each line by itself: a quote that is never closed would take all that follow with it.
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        raise ValueError("it is not CSV, or a quote does not close") from error


def _typed(name: str, value: str) -> object:
    """Return the value as JSON would hold it."""
    if name == "roles":
        return re.split(r"[;\s]+", value.strip("; "))
    # What is no truth value stays the text that it is, and is refused as one.
    return _TRUTH.get(value.strip().lower(), value) if name in ("email_verified", "is_active") else value

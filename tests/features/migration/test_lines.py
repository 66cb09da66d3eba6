"""Files of users, line by line."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.features.migration import lines
from user_auth.features.migration.lines import MAX_BYTES, FormatError
from user_auth.features.migration.records import FIELDS


def read(content: bytes | str) -> Iterator[lines.Line]:
    stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return lines.read(stream, columns=FIELDS)


def fields(content: bytes | str) -> dict[int, object]:
    """Return the values of each line by its number, or why it has none."""
    found: dict[int, object] = {}
    for line in read(content):
        try:
            found[line.number] = line.fields()
        except ValueError as error:
            found[line.number] = str(error)
    return found


def test_json_lines_are_numbered_as_an_editor_numbers_them() -> None:
    """Blank ones are passed over and counted."""
    assert fields('\n{"email": "a@b.c"}\n\n  \n{"email": "d@e.f", "is_active": false}') == {
        2: {"email": "a@b.c"},
        5: {"email": "d@e.f", "is_active": False},
    }


def test_csv_has_the_columns_of_its_header() -> None:
    """In any order; what is empty is not there, and values are what JSON would have them be."""
    text = 'name,email,is_active,roles,email_verified\r\n"Lovelace, Ada",a@b.c,FALSE,admin;editor reader,1\r\n,d@e.f,,,\r\n'
    assert fields(text) == {
        2: {
            "name": "Lovelace, Ada",
            "email": "a@b.c",
            "is_active": False,
            "roles": ["admin", "editor", "reader"],
            "email_verified": True,
        },
        3: {"email": "d@e.f"},
    }


@pytest.mark.parametrize("text", ['{"email": "a@b.c"}\n', "email\na@b.c\n"])
def test_a_byte_order_mark_in_front_is_no_matter(text: str) -> None:
    """Spreadsheets write one."""
    assert list(fields(b"\xef\xbb\xbf" + text.encode()).values()) == [{"email": "a@b.c"}]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("1", "it is not a JSON object"),
        ('{"email": "a@b.c", "email": "d@e.f"}', "it names a field twice"),
        ('{"a":' * 5000, "it is nested too deep"),
        (json.dumps({"email": "x" * MAX_BYTES}), f"it is longer than {MAX_BYTES} bytes"),
    ],
)
def test_a_line_of_json_that_is_none_stops_no_other(line: str, reason: str) -> None:
    assert fields(f'{{"email": "a@b.c"}}\n{line}\n{{"email": "d@e.f"}}\n') == {
        1: {"email": "a@b.c"},
        2: reason,
        3: {"email": "d@e.f"},
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a@b.c,Ada,more", "it has 3 values for 2 columns"),
        ("a@b.c", "it has 1 values for 2 columns"),
        ('a@b.c,"Ada', "it is not CSV, or a quote does not close"),
        ("a@b.c," + "x" * MAX_BYTES, f"it is longer than {MAX_BYTES} bytes"),
    ],
)
def test_a_line_of_csv_that_is_none_stops_no_other(line: str, reason: str) -> None:
    """Nor does a quote that is never closed take the lines after it with it."""
    assert fields(f"email,name\n{line}\nd@e.f,Eve\n") == {2: reason, 3: {"email": "d@e.f", "name": "Eve"}}


def test_what_is_not_utf_8_stops_no_other() -> None:
    """Latin-1, say."""
    assert fields(b"email,name\na@b.c,Ad\xe9\nd@e.f,Eve\n") == {
        2: "it is not UTF-8",
        3: {"email": "d@e.f", "name": "Eve"},
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[\n", "One object a line"),
        ('[{"email": "a@b.c"}]', "One object a line"),
        ("name,is_active\n", "email among them"),
        ("email,email\n", "each column once"),
        ("email,pasword_hash\n", "Unknown columns: pasword_hash. Known are: email, password_hash,"),
        ("email;name\n", "neither JSON nor a header"),
        ("ada@example.com,secret$hash\n", "neither JSON nor a header"),
        ('"email\n', "The header cannot be read"),
        (b"\xef\xbb\xbf\n", "email among them"),
        (b"\xff\xfe{\x00", "it is not UTF-8"),
        ("x" * (MAX_BYTES + 1), "The first line cannot be read: it is longer"),
    ],
)
def test_a_file_of_another_form_is_refused_as_a_whole(content: bytes | str, reason: str) -> None:
    """With what to do, and without what may be a record."""
    with pytest.raises(FormatError) as refused:
        list(read(content))
    assert reason in str(refused.value)
    assert "ada@" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_holds_nobody(content: str) -> None:
    """As an export of nobody is empty."""
    assert fields(content) == {}


class Endless(io.RawIOBase):
    """Fifty million letters without the end of a line."""

    left = 50_000_000

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left -= count
        return count


def test_a_line_without_end_is_not_read_into_memory() -> None:
    """Only as much of it at a time as a line may have."""
    tracemalloc.start()
    try:
        assert list(lines._bounded(io.BufferedReader(Endless()))) == [None]
        assert tracemalloc.get_traced_memory()[1] < 10 * MAX_BYTES
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200))
@settings(deadline=None, database=None, max_examples=200)
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    for start in (b"", b"{", b"email,name\n", b'{"email": "a@b.c"}\n'):
        try:
            found = list(read(start + content))
        except FormatError:
            continue
        for line in found:
            try:
                line.fields()
            except ValueError:
                continue

"""The kit of the command line: what reaches a pipe is whole, one line a record, and harmless."""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from user_auth import terminal

AT = datetime(2026, 11, 22, 16, 4, 5, 678000, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (AT, "2026-11-22 15:04:05Z"),
        (["a", "b"], "a, b"),
        ((), ""),
        ({"a": "b", "c": None}, "a=b, c="),
        ("tab\tline\nbell\x07\u202e", "tab?line?bell??"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
    ids=repr,
)
def test_values_are_for_people(capsys: pytest.CaptureFixture[str], value: object, text: str) -> None:
    """And never end the line."""
    terminal.table([{"some_value": value, "other": 1}], ["some_value", "missing"])
    assert capsys.readouterr().out == f"some value\tmissing\n{text}\t\n"


def test_json_is_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, with all values, whatever a table would show; times as over HTTP."""
    terminal.emit([{"a": AT, "b": ["é\n"]}, {"a": None, "b": {}}], columns=["a"], as_json=True)
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"a": "2026-11-22T15:04:05.678Z", "b": ["é\n"]}
    assert json.loads(second) == {"a": None, "b": {}}
    assert first.isascii()


@pytest.mark.parametrize("as_json", [True, False])
def test_records_are_printed_as_they_come(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """So that there may be any number of them."""
    printed = []

    def rows() -> Iterator[terminal.Row]:
        for number in range(3):
            printed.append(len(capsys.readouterr().out.splitlines()))
            yield {"n": number}

    terminal.emit(rows(), columns=["n"], as_json=as_json)
    assert printed[1:] == [1, 1]


def test_one_record_is_a_line_for_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Under each other."""
    terminal.emit_one({"id": 1, "is_active": True, "name": ""}, as_json=False)
    assert capsys.readouterr().out == "id         1\nis active  yes\nname\n"


def test_what_an_output_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no reason to stop."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    terminal.tell("é\udc80")
    sys.stdout.flush()
    assert written.getvalue() == b"\\xe9?\n"


def test_sentences_go_to_the_error_output(capsys: pytest.CaptureFixture[str]) -> None:
    """What is piped on stays clean."""
    terminal.say("Done.")
    assert capsys.readouterr() == ("", "Done.\n")


@pytest.mark.parametrize(("most", "told"), [(0, ""), (2, "There are more than these 2"), (3, ""), (4, "")])
def test_a_limited_list_says_if_there_is_more(capsys: pytest.CaptureFixture[str], most: int, told: str) -> None:
    """Without one it does not; it takes one more than it gives, no more."""
    items = iter(range(3))
    assert list(terminal.limited(items, most=most)) == list(range(3))[: most or None]
    assert told in capsys.readouterr().err


def test_work_can_be_followed_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets no bar."""
    with terminal.progress("Working", total=2) as advance:
        advance(1)
        advance(1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "limit"), [((), terminal.SHOWN), (("--limit", "0"), 0), (("--limit", "007"), 7)], ids=repr
)
def test_a_limit_is_a_whole_number(arguments: tuple[str, ...], limit: int) -> None:
    """From 0."""
    parser = argparse.ArgumentParser()
    terminal.add_limit_option(parser)
    terminal.add_json_option(parser)
    options = parser.parse_args(arguments)
    assert (options.limit, options.as_json) == (limit, False)

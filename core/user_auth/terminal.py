"""The kit of the command line: tables for people, JSON for scripts, a bar for long work.

On a terminal a list is a table that fits it; in a pipe it is one line a record, tabs between the values, nothing cut.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TextIO, TypeVar

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]
T = TypeVar("T")
Advance = Callable[[int], None]

SHOWN = 50


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Give a verb ``--json``, which it finds as ``options.as_json``."""
    parser.add_argument("--json", dest="as_json", action="store_true", help="Print JSON: one object a line.")


def add_limit_option(parser: argparse.ArgumentParser) -> None:
    """Give a verb ``--limit``, for ``limited``."""
    parser.add_argument(
        "--limit", type=_count, default=SHOWN, metavar="N", help="How many at most; 0 for all. (default: %(default)s)"
    )


def limited(items: Iterable[T], *, most: int) -> Iterator[T]:
    """Return the first items, and tell the person if there are more; with 0 return all."""
    iterator = iter(items)
    if not most:
        yield from iterator
        return
    yield from islice(iterator, most)
    for _ in islice(iterator, 1):
        say(f"There are more than these {most}; --limit 0 shows all.")


def emit(rows: Iterable[Row], *, columns: Sequence[str], as_json: bool) -> None:
    """Print records: as a table of some of their values, or each whole as a line of JSON.

    Args:
        rows: Texts, numbers, truth values, aware times, ``None``, and lists and mappings of these, by name. As JSON, and
            in a pipe, each is printed as it comes, so that there may be millions.
    """
    if as_json:
        for row in rows:
            _print(json.dumps(row, default=_as_json))
    else:
        table(rows, columns)


def table(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Print records as a table for people, whatever their values hold."""
    if not sys.stdout.isatty():
        _print("\t".join(_heading(name) for name in columns))
        for row in rows:
            _print("\t".join(_as_text(row.get(name)) for name in columns))
        return
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in columns:
        # Too long for the terminal, a value goes on in the next line: half an address is of no use.
        grid.add_column(_heading(name), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_as_text(row.get(name))) for name in columns))
    Console(file=sys.stdout).print(grid)


def emit_one(row: Row, *, as_json: bool) -> None:
    """Print one record: a line for each value, or one object of JSON."""
    if as_json:
        _print(json.dumps(row, default=_as_json))
        return
    width = max(map(len, row), default=0)
    for name, value in row.items():
        _print(f"{_heading(name):{width}}  {_as_text(value)}".rstrip())


def tell(sentence: str) -> None:
    """Print a line that is the verb's output."""
    _print(_as_text(sentence))


def say(sentence: str) -> None:
    """Print a line for the person at the terminal, on the error output, so that what is piped on stays clean."""
    _print(_as_text(sentence), to=sys.stderr)


@contextmanager
def progress(label: str, *, total: int | None = None) -> Iterator[Advance]:
    """Show how far long work is, on the error output if that is a terminal.

    Args:
        total: How many there are, if that is known; of whatever the block advances by.

    Yields:
        What tells the bar that so many more are done.
    """
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        *columns, *times, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as shown:
        task = shown.add_task(label, total=total)
        yield lambda count: shown.advance(task, count)


def _count(text: str) -> int:
    count = int(text) if text.isdecimal() else -1
    if count < 0:
        raise argparse.ArgumentTypeError("This must be a whole number from 0.")
    return count


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _as_text(value: object) -> str:
    """Return a value for people; nothing in it can end the line, be taken for a tab, or command the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_as_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_as_text, value))
    return "".join(character if character.isprintable() else "?" for character in str(value))


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return str(value)


def _print(text: str, *, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    encoding = stream.encoding or "utf-8"
    # Whatever the terminal cannot show must not stop the rest.
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")

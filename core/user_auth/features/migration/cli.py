"""``manage.py auth import-users`` and ``export-users``."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.management.base import CommandError

from user_auth import terminal
from user_auth.accounts import User
from user_auth.features.migration import service
from user_auth.features.migration.lines import FormatError

STANDARD = "-"
_BLOCK_BYTES = 1024**2


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    inward = verbs.add_parser("import-users", help="Make accounts of the users in a file (JSON lines, or CSV).")
    inward.add_argument("file", metavar="FILE", help="- reads the standard input.")
    terminal.add_json_option(inward)
    inward.set_defaults(run=import_users)
    outward = verbs.add_parser("export-users", help="Write all users, with their password hashes, as JSON lines.")
    outward.add_argument(
        "file", metavar="FILE", nargs="?", default=STANDARD, help="Must not exist yet. Without it: the standard output."
    )
    outward.set_defaults(run=export_users)


def import_users(options: argparse.Namespace) -> int:
    """Bring the users of a file in, tell which lines are none, and return 1 if there are such.

    Raises:
        CommandError: The file cannot be read at all.
    """
    refuse = _refuse_as_json if options.as_json else _refuse
    try:
        with _source(options.file) as stream, terminal.progress("Importing", total=_lines_in(stream)) as advance:
            tally = service.bring_in(stream, refuse=refuse, advance=advance)
    except FormatError as error:
        raise CommandError(str(error), returncode=2) from error
    except KeyboardInterrupt:
        terminal.say("Stopped. Whoever is in stays in; run it again for the others.")
        return 1
    terminal.emit_one(asdict(tally), as_json=options.as_json)
    return 1 if tally.refused else 0


def export_users(options: argparse.Namespace) -> int:
    """Write all users.

    Raises:
        CommandError: The file exists, or cannot be written.
    """
    try:
        with _target(options.file) as stream, _shown(stream) as advance:
            for fields in service.send_out(advance=advance):
                stream.write(json.dumps(fields) + "\n")
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        return 1
    return 0


def _refuse(number: int, reason: str) -> None:
    terminal.say(f"line {number}: {reason}")


def _refuse_as_json(number: int, reason: str) -> None:
    terminal.emit_one({"line": number, "reason": reason}, as_json=True)


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as stream:
            yield stream
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.", returncode=2) from error


def _lines_in(stream: BinaryIO) -> int | None:
    """Count the lines of a file; ``None`` where it can be read only once."""
    if not stream.seekable():
        return None
    start = stream.tell()
    count = sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK_BYTES), b""))
    stream.seek(start)
    return count


@contextmanager
def _target(name: str) -> Iterator[TextIO]:
    """Open what is written to: a new file that its owner alone can read, and that is gone if it did not become whole."""
    if name == STANDARD:
        with _reader_may_leave():
            yield sys.stdout
        return
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with _gone_unless_whole(Path(name)), os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            yield stream
    except FileExistsError as error:
        raise CommandError(f"{name} exists already; name a new file.", returncode=2) from error
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}.", returncode=2) from error


@contextmanager
def _gone_unless_whole(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Stop without a word when whoever reads the output, ``head`` say, has read enough."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try to write the rest at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _shown(stream: TextIO) -> Iterator[terminal.Advance]:
    """Show how far it is, unless that would stand in between what is written."""
    if stream.isatty():
        yield lambda _count: None
        return
    with terminal.progress("Exporting", total=User.objects.count()) as advance:
        yield advance

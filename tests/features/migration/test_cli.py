"""``import-users`` and ``export-users`` as an operator types them."""

import io
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from user_auth.accounts import User, decoys
from user_auth.features.migration import service

GOOD = '{"email": "ada@example.com", "name": "Ada"}\n{"email": "bob@example.com"}\n'
BAD = '{"email": "ada@example.com"}\nnonsense\n'


@pytest.fixture(autouse=True)
def _forgetful(mongo: None) -> Iterator[None]:
    yield
    decoys.known_kinds.forget()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users.jsonl"


def status(*arguments: object) -> int:
    """Run a verb and return its exit status."""
    try:
        call_command("auth", *map(str, arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def emails() -> set[str]:
    return {user.email for user in User.objects}


def test_a_good_file_goes_in_whole(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts are told, and the exit status is 0; the second time nobody is new."""
    file.write_text(GOOD)
    assert status("import-users", file) == 0
    assert capsys.readouterr().out == "imported       2\nalready there  0\nrefused        0\n"
    assert status("import-users", file) == 0
    assert capsys.readouterr().out == "imported       0\nalready there  2\nrefused        0\n"
    assert emails() == {"ada@example.com", "bob@example.com"}


def test_a_bad_line_is_told_with_its_number(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the error output, and the exit status is 1."""
    file.write_text(BAD)
    assert status("import-users", file) == 1
    told = capsys.readouterr()
    assert "line 2: it is not JSON\n" in told.err
    assert "line 2" not in told.out
    assert emails() == {"ada@example.com"}


def test_a_script_reads_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An object for each bad line, and one for the counts."""
    file.write_text(BAD)
    assert status("import-users", file, "--json") == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"line": 2, "reason": "it is not JSON"},
        {"imported": 1, "already_there": 0, "refused": 1},
    ]


def test_a_pipe_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be read only once."""
    reading, writing = os.pipe()
    os.write(writing, b"email\nada@example.com\n")
    os.close(writing)
    with os.fdopen(reading) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        assert status("import-users", "-") == 0
    assert emails() == {"ada@example.com"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        ('[{"email": "ada@example.com"}]', "One object a line"),
        ("name\n", "email"),
    ],
)
def test_what_cannot_be_read_at_all_is_a_usage_error(file: Path, content: str | None, words: str) -> None:
    """Nothing is changed; one line says what is wrong."""
    if content:
        file.write_text(content)
    with pytest.raises(CommandError, match=words) as refused:
        call_command("auth", "import-users", str(file))
    assert refused.value.returncode == 2
    assert not emails()


@pytest.mark.parametrize("verb", ["import-users", "export-users"])
def test_a_folder_is_no_file(verb: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("auth", verb, str(tmp_path))
    assert refused.value.returncode == 2


def test_a_stop_is_told(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C leaves no traceback, and says how to go on."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    file.write_text(GOOD)
    monkeypatch.setattr(service, "BATCH", 1)
    monkeypatch.setattr(decoys, "count", stop)
    assert status("import-users", file) == 1
    assert "Stopped." in capsys.readouterr().err


def test_an_export_is_for_its_owners_eyes(file: Path, tmp_path: Path) -> None:
    """The file is nobody else's to read, and no other is written over."""
    file.write_text(GOOD)
    status("import-users", file)
    out = tmp_path / "out.jsonl"
    assert status("export-users", out) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [json.loads(line)["email"] for line in out.read_text().splitlines()] == [
        "ada@example.com",
        "bob@example.com",
    ]
    with pytest.raises(CommandError, match="exists already") as refused:
        call_command("auth", "export-users", str(out))
    assert refused.value.returncode == 2


def test_an_export_goes_to_the_standard_output(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else does, so that it can be piped on; and it can be read in again."""
    file.write_text(GOOD)
    status("import-users", file)
    capsys.readouterr()
    assert status("export-users") == 0
    exported = capsys.readouterr().out
    User.objects.delete()
    file.write_text(exported)
    assert status("import-users", file) == 0
    assert emails() == {"ada@example.com", "bob@example.com"}


def test_an_export_that_fails_leaves_no_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look like a whole one."""

    def full(*_: object, **__: object) -> Iterator[dict[str, str]]:
        yield {"email": "ada@example.com"}
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service, "send_out", full)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("auth", "export-users", str(tmp_path / "out.jsonl"))
    assert not list(tmp_path.iterdir())


def test_a_reader_who_leaves_is_no_error(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """``auth export-users | head -1``."""
    file.write_text(GOOD)
    status("import-users", file)
    reading, writing = os.pipe()
    os.close(reading)
    with io.TextIOWrapper(os.fdopen(writing, "wb", buffering=0), write_through=True) as broken:
        monkeypatch.setattr(sys, "stdout", broken)
        assert status("export-users") == 0

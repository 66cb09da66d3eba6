"""The table that tells all processes of a machine what may still be believed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from user_auth import epochs
from user_auth.epochs import PROOF_NANOSECONDS, SLOTS, Table

HOLD_THE_LEAD = """
import sys
from user_auth.epochs import Table, _open
from pathlib import Path
table = Table(_open(Path(sys.argv[1]), "epochs"))
print(table.lead(), flush=True)
sys.stdin.read()
"""


def opened(folder: Path) -> Table:
    return Table(epochs._open(folder, "epochs"))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return opened(tmp_path)


@pytest.fixture
def asked(settings: Settings, tmp_path: Path) -> Settings:
    options = {"SESSION_CACHE_ENTRIES": 10, "SESSION_CACHE_DIR": tmp_path / "shared"}
    settings.USER_AUTH = {**settings.USER_AUTH, **options}
    return settings


def test_a_bump_changes_one_slot_for_everybody(table: Table, tmp_path: Path) -> None:
    """Whoever has the same file open sees it at once, and nobody else's slot has changed."""
    another = opened(tmp_path)
    before = [another[slot] for slot in (6, 7, 8)]
    table.bump(7)
    after = [another[slot] for slot in (6, 7, 8)]
    assert [then == now for then, now in zip(before, after, strict=True)] == [True, False, True]


def test_all_can_be_bumped(table: Table) -> None:
    """The first slot and the last one too; the proof is none of them."""
    table.prove(moment=time.monotonic_ns())
    before = [table[slot] for slot in (0, SLOTS - 1)]
    table.bump_all()
    assert not set(before) & {table[slot] for slot in (0, SLOTS - 1)}
    assert table.is_proven()


@pytest.mark.parametrize(
    ("ago", "is_proven"), [(0, True), (PROOF_NANOSECONDS + 1, False), (-2 * PROOF_NANOSECONDS, False)]
)
def test_a_proof_holds_for_a_moment(table: Table, ago: int, is_proven: bool) -> None:
    """One from the future was left by an earlier run of the machine, whose clock began anew."""
    table.prove(moment=time.monotonic_ns() - ago)
    assert table.is_proven() is is_proven


def test_nothing_is_proven_in_the_beginning(table: Table) -> None:
    """Nor after somebody has taken it back."""
    assert not table.is_proven()
    table.prove(moment=time.monotonic_ns())
    table.disprove()
    assert not table.is_proven()


@pytest.fixture
def leader(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process, which leads."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LEAD, str(tmp_path)],
        env={"PYTHONPATH": "core", "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_one_process_leads(leader: "subprocess.Popen[str]", table: Table) -> None:
    """Another one can once it has ended, however it did."""
    assert not table.lead()
    leader.kill()
    leader.wait()
    assert table.lead()


def test_a_user_is_found_by_their_slot(asked: Settings) -> None:
    """All processes of one configuration share one table, which only its owner can read."""
    table = epochs.table()
    assert table
    before = table[epochs.slot("some user")]
    epochs.bump("some user")
    assert table[epochs.slot("some user")] != before
    (file,) = (asked.USER_AUTH["SESSION_CACHE_DIR"]).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_database_has_a_table_of_its_own(asked: Settings) -> None:
    """Who follows one knows nothing of another."""
    assert epochs.table()
    asked.USER_AUTH = {**asked.USER_AUTH, "MONGODB_URI": "mongodb://127.0.0.1:1/another"}
    assert epochs.table()
    assert len(list(asked.USER_AUTH["SESSION_CACHE_DIR"].iterdir())) == 2


@pytest.mark.parametrize("obstacle", ["a file", "open to others", "a link in its place"])
def test_where_others_can_write_there_is_no_table(
    asked: Settings, obstacle: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Then nothing is believed, and the log has one line about it."""
    folder: Path = asked.USER_AUTH["SESSION_CACHE_DIR"]
    if obstacle == "a file":
        folder.touch()
    else:
        assert epochs.table()
        (file,) = folder.iterdir()
        file.unlink()
        if obstacle == "open to others":
            folder.chmod(0o777)
        else:
            file.symlink_to(folder / "elsewhere")
        asked.USER_AUTH = dict(asked.USER_AUTH)
    assert epochs.table() is None
    epochs.bump("some user")
    assert caplog.text.count("cannot be used") == 1

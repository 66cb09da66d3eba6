"""``manage.py auth``: its verbs, and how it fails."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from user_auth.mail.documents import Mail
from user_auth.mongo import connection, indexes


def statuses(*arguments: str) -> int:
    """Run a verb and return its exit status."""
    try:
        call_command("auth", *arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.usefixtures("mongo")
def test_indexes_are_made_and_found_good(capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is there afterwards; only comparing makes nothing."""
    Mail._get_collection().drop_indexes()
    assert statuses("indexes", "--check") == 1
    assert "outbox: the index status_1_due_at_1 is missing" in capsys.readouterr().out
    assert indexes.compare()
    assert statuses("indexes") == 0
    assert capsys.readouterr().out == "Every index is as it should be.\n"
    assert indexes.compare() == []
    assert statuses("indexes", "--check") == 0


@pytest.mark.usefixtures("mongo")
def test_an_index_that_cannot_be_mended_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The operator reads what to do, and a script sees the exit status."""
    outbox = Mail._get_collection()
    outbox.drop_indexes()
    outbox.create_index([("status", -1)], name="status_1_due_at_1")
    try:
        assert statuses("indexes") == 1
        assert capsys.readouterr().out.count("status_1_due_at_1") >= 1
    finally:
        outbox.drop_indexes()
        indexes.ensure()


def test_a_database_that_is_away_is_one_line(settings: Settings) -> None:
    """No traceback, no connection string."""
    connection.close()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": "mongodb://user:secret@127.0.0.1:1/app"}
    with pytest.raises(CommandError) as failure:
        call_command("auth", "indexes")
    connection.close()
    assert str(failure.value) == "The database cannot be used (ServerSelectionTimeoutError); see MONGODB_URI."


def test_settings_that_cannot_be_used_are_told(settings: Settings) -> None:
    """With their names, before anything is done."""
    settings.USER_AUTH = {**settings.USER_AUTH, "OTP_SECONDS": "9999"}
    with pytest.raises(CommandError, match="OTP_SECONDS") as failure:
        call_command("auth", "indexes")
    assert failure.value.returncode == 2


@pytest.mark.parametrize("arguments", [(), ("bogus",), ("indexes", "--bogus")])
def test_what_is_no_verb_is_refused(arguments: tuple[str, ...]) -> None:
    """With the usage, as command lines do."""
    with pytest.raises(CommandError):
        call_command("auth", *arguments)

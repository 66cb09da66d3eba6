"""One connection a process, opened on first use, every write durable."""

import pytest
from pytest_django import Settings

from user_auth.mongo import connection

NOWHERE = "mongodb://127.0.0.1:1"


@pytest.mark.parametrize(
    ("uri", "name"), [(NOWHERE, "user_auth"), (f"{NOWHERE}/mine", "mine"), (f"{NOWHERE}/?w=1", "user_auth")]
)
def test_the_uri_names_the_database(unopened: None, settings: Settings, uri: str, name: str) -> None:
    """Without a name in the URI it is ``user_auth``."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": uri}
    assert connection.database().name == name


def test_every_write_waits_for_the_journal_of_a_majority(unopened: None, settings: Settings) -> None:
    """Whatever the URI asks for."""
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": f"{NOWHERE}/?w=1&journal=false"}
    assert connection.database()["things"].write_concern.document == {"w": "majority", "j": True}


def test_a_function_for_a_uri_is_asked_once_and_late(unopened: None, settings: Settings) -> None:
    """The embedded server is started by the first use, not by reading the settings."""
    asked: list[str] = []

    def uri() -> str:
        asked.append("now")
        return NOWHERE

    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": uri}
    assert asked == []
    connection.database()
    connection.database()
    assert asked == ["now"]


def test_a_closed_connection_opens_again(mongo: None) -> None:
    """The next use is as good as the first."""
    connection.close()
    assert connection.database().command("ping")["ok"] == 1

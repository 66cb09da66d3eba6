"""The service's log: JSON for machines, lines for a person."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from main_project import logs
from user_auth.web import request_ids


@pytest.fixture
def record() -> logging.LogRecord:
    values = ("ada@example.com",)
    found = logging.LogRecord("user_auth.mail", logging.WARNING, __file__, 1, "Mail to %s waits.", values, None)
    found.created = datetime(2026, 11, 26, 13, 57, 28, 603_000, tzinfo=UTC).timestamp()
    return found


def as_json(record: logging.LogRecord) -> dict[str, Any]:
    line = logs.formatter("json").format(record)
    assert line.isascii()
    assert line.isprintable()
    told: dict[str, Any] = json.loads(line)
    return told


def as_text(record: logging.LogRecord) -> str:
    return logs.formatter("text").format(record)


def test_a_line_for_machines_is_one_object(record: logging.LogRecord) -> None:
    """Time in UTC (RFC 3339), level, logger, and what happened, without the address."""
    assert as_json(record) == {
        "time": "2026-11-26T13:57:28.603Z",
        "level": "warning",
        "logger": "user_auth.mail",
        "event": "Mail to a***@example.com waits.",
    }


def test_a_line_for_people_says_the_same(record: logging.LogRecord) -> None:
    expected = "2026-11-26T13:57:28.603Z WARNING user_auth.mail: Mail to a***@example.com waits."
    assert as_text(record) == expected


def test_what_is_logged_for_a_request_carries_its_id(record: logging.LogRecord) -> None:
    """Whoever logs it."""
    token = request_ids.current.set("the-request")
    try:
        assert as_json(record)["request_id"] == "the-request"
        assert as_text(record).endswith(" request_id=the-request")
    finally:
        request_ids.current.reset(token)


def test_fields_stand_beside_the_event(record: logging.LogRecord) -> None:
    """Secrets among them do not; for people the text says what they do."""
    vars(record)[logs.FIELDS] = {"event": "authn_login_fail", "run": 3, "token": "abc", "nothing": ""}
    told = as_json(record)
    assert (told["event"], told["run"], told["token"]) == ("authn_login_fail", 3, "[redacted]")
    assert not {"nothing", "text"} & told.keys()
    assert "authn_login_fail" not in as_text(record)


@pytest.mark.asvs("16.4.1")
@pytest.mark.parametrize(
    "intruder", ["\n2026 INFO x: y", "\r", "\x1b[2J", "\u202e", "\x00", "\ud800", "\u2028", "\x85"]
)
def test_nothing_can_pretend_to_be_another_line(record: logging.LogRecord, intruder: str) -> None:
    """Nor move the cursor, nor turn the text around."""
    record.msg, record.args = f"before{intruder}after", ()
    assert as_json(record)["event"] == record.msg
    first, *others = as_text(record).split("\n")
    assert all(other.startswith("    ") for other in others)
    assert all(line.isprintable() for line in (first, *others))


def test_of_an_error_its_kind_and_place_are_told_and_not_its_words(record: logging.LogRecord) -> None:
    """They may quote an address, a password, a document."""
    try:
        raise ValueError("the password is violet otter")
    except ValueError:
        record.exc_info = sys.exc_info()
    for line in (as_text(record), as_json(record)["exception"]):
        assert "ValueError" in line
        assert "test_logs.py" in line
    # The line of code that raised it is shown, and holds the words here; the error's own text is not.
    assert "ValueError: the password" not in as_text(record)


def test_everything_goes_through_the_one_formatter() -> None:
    """Our own loggers from the level that is set, others' warnings."""
    config = logs.config(form="json", level="DEBUG")
    assert {handler["formatter"] for handler in config["handlers"].values()} == {"line"}
    assert config["root"] == {"handlers": ["stderr"], "level": "WARNING"}
    assert all("handlers" not in logger for logger in config["loggers"].values())
    assert config["loggers"]["user_auth"]["level"] == "DEBUG"

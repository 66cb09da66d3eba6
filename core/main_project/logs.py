"""The service's log: one JSON object a line for machines, or lines for a person; every logger goes through here.

The app and the libraries log by Python's own ``logging``, so that a host project decides for itself.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from main_project.redaction import redact
from user_auth.web import request_ids

# Under which the fields of a line travel in `extra`; its text says the same to people.
FIELDS = "fields"


def config(*, form: str, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``: everything to the standard error.

    Args:
        form: ``json`` or ``text``.
        level: From which on our own loggers are heard; of others it is warnings.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter_config(form)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "user_auth": {"level": level},
            "main_project": {"level": level},
            "local_mongo": {"level": "WARNING"},
            # A refusal is no warning.
            "django.request": {"level": "ERROR"},
            # Nor is what is no HTTP.
            "uvicorn.error": {"level": "ERROR"},
        },
    }


def formatter_config(form: str) -> dict[str, Any]:
    """Return what ``logging.config`` makes the formatter from; nothing that cannot go to another process."""
    return {"()": "main_project.logs.formatter", "form": form}


def formatter(form: str) -> logging.Formatter:
    renderer: Processor = _as_json if form == "json" else _as_text
    return ProcessorFormatter(processors=[_described, ProcessorFormatter.remove_processors_meta, _redact, renderer])


def _described(_logger: object, _method: str, line: EventDict) -> EventDict:
    record: logging.LogRecord = line["_record"]
    described: EventDict = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        **line,
        "text": line["event"],
        "request_id": request_ids.current.get(),
        **getattr(record, FIELDS, {}),
    }
    if error := described.pop("exc_info", None):
        described["exception"] = _trace(error)
    return described


def _trace(error: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return the kinds of an error and where it came from; its own text may quote an address, a password, a document."""
    return f"{error[0].__qualname__}\n{''.join(traceback.format_tb(error[2]))}".rstrip()


def _redact(_logger: object, _method: str, line: EventDict) -> EventDict:
    return redact(line)


def _as_json(_logger: object, _method: str, line: Mapping[str, Any]) -> str:
    # Of audited events the text says what the fields do. Control characters, and all beyond ASCII, leave escaped.
    left_out = {"text", *(name for name, value in line.items() if value in (None, ""))}
    return json.dumps({name: value for name, value in line.items() if name not in left_out})


def _as_text(_logger: object, _method: str, line: Mapping[str, Any]) -> str:
    text = "\n".join(filter(None, [line["text"], line.get("exception")]))
    if line["request_id"] and line["request_id"] not in text:
        text += f" request_id={line['request_id']}"
    return f"{line['time']} {line['level'].upper()} {line['logger']}: {_on_own_lines(text)}"


def _on_own_lines(text: str) -> str:
    """Return a text of which nothing can be taken for another line, nor move the cursor."""
    lines = ("".join(each if each.isprintable() else repr(each)[1:-1] for each in line) for line in text.split("\n"))
    return "\n    ".join(lines)

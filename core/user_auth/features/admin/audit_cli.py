"""``manage.py auth``: the verbs that look into the audit."""

import argparse
from typing import Any

from django.core.management.base import CommandError

from user_auth import audit, terminal
from user_auth.audit import Event, Fault, Finding, Tally
from user_auth.features.admin import search, shown

COLUMNS = ("at", "event", "outcome", "subject", "ip", "details")
# Of a pseudonym so much is shown in a table, as much as tells people apart.
SUBJECT_DIGITS = 12
# And of a time so much: to the second.
SECONDS = len("2026-11-22T15:04:05")
# More findings than this tell nobody anything new; --json has all.
MOST_TOLD = 100


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    help_text = "Look through the audit, newest first."
    parser = verbs.add_parser("audit", help=help_text, description=help_text)
    parser.add_argument("--user", default="", metavar="USER", help="Only what concerns this address or id.")
    parser.add_argument("--event", type=_event, metavar="EVENT", help="Only this event; docs/events.md lists them.")
    terminal.add_limit_option(parser)
    terminal.add_json_option(parser)
    parser.set_defaults(run=events)

    help_text = "Tell whether records of the audit were changed or are missing; 1 if so."
    parser = verbs.add_parser("audit-verify", help=help_text, description=help_text)
    terminal.add_json_option(parser)
    parser.set_defaults(run=verify)


def events(options: argparse.Namespace) -> int:
    """List records.

    Raises:
        CommandError: There is no such user.
    """
    if options.user and search.find(options.user) is None:
        raise CommandError(f"There is no user {options.user}.")
    records = search.every(lambda after: search.events(options.user, event=options.event, after=after))
    rows = map(shown.event, terminal.limited(records, most=options.limit))
    terminal.emit(rows if options.as_json else map(_shortened, rows), columns=COLUMNS, as_json=options.as_json)
    return 0


def verify(options: argparse.Namespace) -> int:
    """Print what is wrong with the audit, and what was looked at."""
    findings = _Findings(as_json=options.as_json)
    with terminal.progress("Looking at the audit", total=audit.estimated_count()) as advance:
        tally = audit.verify(report=findings.add, advance=advance)
    findings.conclude(tally)
    return 0 if tally.is_good else 1


class _Findings:
    """What was found: for scripts a line at once, for people after the bar has gone."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._kept: list[Finding] = []

    def add(self, finding: Finding) -> None:
        if self._as_json:
            terminal.emit_one(_described(finding), as_json=True)
        elif len(self._kept) < MOST_TOLD:
            self._kept.append(finding)

    def conclude(self, tally: Tally) -> None:
        if self._as_json:
            summary = {"records": tally.records, "runs": tally.runs, "changed": tally.changed, "missing": tally.missing}
            terminal.emit_one(summary, as_json=True)
            return
        for finding in self._kept:
            terminal.tell(_sentence(finding))
        if len(self._kept) == MOST_TOLD:
            terminal.tell("And so on; --json shows all.")
        terminal.tell(
            f"Records: {tally.records}, runs: {tally.runs}, changed: {tally.changed}, missing: {tally.missing}."
        )


def _described(finding: Finding) -> dict[str, object]:
    described: dict[str, object] = {
        "fault": finding.fault.value,
        "run": finding.run,
        "first": finding.first,
        "last": finding.last,
    }
    return described | ({"id": finding.record_id} if finding.record_id else {})


def _sentence(finding: Finding) -> str:
    if finding.fault is Fault.CHANGED:
        return f"Changed: the record {finding.record_id}, number {finding.first} of the run {finding.run}."
    numbers = f"number {finding.first}" if finding.count == 1 else f"numbers {finding.first} to {finding.last}"
    return f"Missing: {numbers} of the run {finding.run}."


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row that leaves room for the details."""
    return {**row, "at": row["at"][:SECONDS] + "Z", "subject": (row["subject"] or "")[:SUBJECT_DIGITS]}


def _event(text: str) -> Event:
    event = Event.named(text)
    if event is None:
        raise argparse.ArgumentTypeError("There is no such event; docs/events.md lists them.")
    return event

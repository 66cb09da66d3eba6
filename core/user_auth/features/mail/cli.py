"""``manage.py auth mail``, ``mail dead`` and ``mail retry``."""

import argparse
from dataclasses import asdict
from typing import Any

from user_auth import terminal
from user_auth.features.mail import service


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    parser = verbs.add_parser("mail", help="Show the queue of mails; list those given up, and queue them again.")
    terminal.add_json_option(parser)
    parser.set_defaults(run=show)
    steps = parser.add_subparsers(title="what to do with it", metavar="WHAT")
    dead = steps.add_parser("dead", help="List the mails that were given up in the last week.")
    # Without a default of its own, which would undo a --json that comes before.
    dead.add_argument("--json", dest="as_json", action="store_true", default=argparse.SUPPRESS)
    dead.set_defaults(run=list_dead)
    again = steps.add_parser("retry", help="Queue mails again that were given up; they get another day.")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("mail_id", metavar="ID", nargs="?")
    which.add_argument("--all", dest="is_all", action="store_true", help="Every one.")
    again.set_defaults(run=retry)


def show(options: argparse.Namespace) -> int:
    rows = [asdict(count) for count in service.counts()]
    terminal.emit(rows, columns=("status", "mails", "oldest_due"), as_json=options.as_json)
    return 0


def list_dead(options: argparse.Namespace) -> int:
    columns = ("id", "kind", "to", "attempts", "last_error", "created_at")
    terminal.emit(map(asdict, service.dead()), columns=columns, as_json=options.as_json)
    return 0


def retry(options: argparse.Namespace) -> int:
    """Queue one mail, or all, again.

    Raises:
        NotFoundError: No mail of that id was given up.
    """
    if options.is_all:
        terminal.say(f"{service.retry_all()} queued again.")
        return 0
    service.retry(options.mail_id)
    terminal.say("Queued again.")
    return 0

"""``manage.py auth mail-worker``: the mail worker as a process of its own."""

import argparse
import signal
import threading
from typing import Any

from user_auth.mail import worker


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    parser = verbs.add_parser(
        "mail-worker", help="Send the mails of the outbox until stopped; `serve` does so by itself."
    )
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; the mails that are under way get a moment to leave."""
    stop = threading.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        signal.signal(which, lambda *_: stop.set())
    worker.run(stop)
    return 0

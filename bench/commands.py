"""How many commands a request sends to the database; the same on every path of an endpoint, or it tells who has an account.

``python -m bench.commands EMAIL``, with the address of somebody who has an account, in the environment of the service, which delivers the mails meanwhile.
"""

import json
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import django
from django.test import Client
from pymongo import monitoring

from bench.people import MAIL_SECONDS, PASSWORD
from user_auth.mail.documents import KeptMail

FRESH, OTHER = f"counted.{secrets.token_hex(4)}@example.com", "other@example.com"


class Count(monitoring.CommandListener):
    """Counts the commands of the thread that it is made in; the follower of the change stream has its own."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if threading.get_ident() == self._thread:
            self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


class Asker:
    """Sends requests to the application in this process."""

    def __init__(self) -> None:
        self._count = Count()
        monitoring.register(self._count)
        self._addresses = iter(range(1, 256))

    def commands(self, path: str, **body: str) -> tuple[list[str], dict[str, Any]]:
        """Return the commands that a request makes, and its answer. Each comes from a browser not seen before."""
        self._count.names.clear()
        client = Client(REMOTE_ADDR=f"192.0.2.{next(self._addresses)}", HTTP_HOST="127.0.0.1")
        answer = client.post(path, json.dumps(body), content_type="application/json")
        return list(self._count.names), answer.json()


def paths(asker: Asker, *, known: str) -> Iterator[tuple[str, str, list[str]]]:
    """Send each kind of request on each of its paths; yield endpoint, path and commands."""
    # The first request of a process also learns what is kept from then on.
    asker.commands("/login", email=OTHER, password=PASSWORD)
    fresh, challenge = asker.commands("/signup", email=FRESH, password=PASSWORD)
    yield "/signup", "new address", fresh
    yield "/signup", "known address", asker.commands("/signup", email=known, password=PASSWORD)[0]
    code, number = _code(FRESH), challenge["verification_id"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    yield "/verify-otp", "wrong code", asker.commands("/verify-otp", verification_id=number, otp=wrong)[0]
    yield "/verify-otp", "right code", asker.commands("/verify-otp", verification_id=number, otp=code)[0]
    yield "/login", "no account", asker.commands("/login", email=OTHER, password="wrong")[0]
    yield "/login", "wrong password", asker.commands("/login", email=known, password="wrong")[0]
    yield "/login", "right password", asker.commands("/login", email=known, password=PASSWORD)[0]


def _code(email: str) -> str:
    """Return the code of the mail to an address, once it has come."""
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        mail = KeptMail.objects(to=email).first()
        found = re.search(r"^ +([0-9]{6})$", mail.text, re.MULTILINE) if mail else None
        if found:
            return found[1]
        time.sleep(0.02)
    raise RuntimeError("No code has come.")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    # Before the client is made: it asks then who wants to listen.
    asker = Asker()
    django.setup()
    told = [
        {"endpoint": endpoint, "path": path, "commands": names}
        for endpoint, path, names in paths(asker, known=sys.argv[1])
    ]
    print(json.dumps(told))


if __name__ == "__main__":
    main()

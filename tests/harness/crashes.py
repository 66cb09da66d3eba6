"""A step of the service in processes that are killed at one of its writes, each at the next, as a power cut would.

As a program it takes the settings of the app, the step's name and what to call it with, one process each, as JSON.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings as django_settings  # noqa: TID251 - the program has none until it sets them up
from pymongo import monitoring

from user_auth import conf

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 50
WRITES = frozenset({"insert", "update", "delete", "findAndModify", "bulkWrite"})
PASSED_ON = ("SECRET_KEY", "BCRYPT_ROUNDS", "PUBLIC_URL", "SERVICE_NAME")


def crash_at_each_write(step: str, arguments: Sequence[str]) -> int:
    """Run a step with each argument, in a process that is killed before its first write, its second, and so on.

    Args:
        step: A function of the tests, as ``module:name``.

    Returns:
        How many were killed; the one after them had fewer writes than that and came to its end, the rest never began.
    """
    settings = conf.settings()
    uri = settings.mongodb_uri if isinstance(settings.mongodb_uri, str) else settings.mongodb_uri()
    given = {name: getattr(settings, name.lower()) for name in PASSED_ON} | {"MODE": "local", "MONGODB_URI": uri}
    run = subprocess.run(
        [sys.executable, "-m", "tests.harness.crashes"],
        input=json.dumps([given, step, list(arguments)]),
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'core'}:{ROOT}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return int(run.stdout.splitlines()[-1])


class _Killer(monitoring.CommandListener):
    """Ends the process when one write more than so many is about to leave it."""

    def __init__(self, *, after: int) -> None:
        self._left = after

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in WRITES:
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Be told, and do nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Be told, and do nothing."""


def _main() -> None:
    given, step, arguments = json.load(sys.stdin)
    _set_up(given)
    module, _, name = step.partition(":")
    do = getattr(import_module(module), name)
    for place, argument in enumerate(arguments):
        # Nothing has connected yet, so that the processes share nothing.
        child = os.fork()
        if not child:
            monitoring.register(_Killer(after=place))
            do(argument)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            print(place)
            return
        assert status == -signal.SIGKILL, f"the step failed: {status}"
    raise AssertionError("the step has more writes than there were arguments")


def _set_up(given: dict[str, object]) -> None:
    django_settings.configure(
        SECRET_KEY=given["SECRET_KEY"],
        INSTALLED_APPS=["user_auth"],
        ROOT_URLCONF="user_auth.urls",
        USE_TZ=True,
        USER_AUTH=given,
    )
    django.setup()


if __name__ == "__main__":
    _main()

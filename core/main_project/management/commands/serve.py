"""``manage.py serve``: the service, with all that it needs."""

import os
import sys

from django.core.management.base import BaseCommand

from main_project import env
from main_project.server import supervisor


class Command(BaseCommand):
    """Serve until a signal comes."""

    help = "Serves: workers, mail, and an embedded MongoDB where none is set. HOST, PORT and WORKERS say where and how."
    # They would import every view into the parent, which has no use for them.
    requires_system_checks = ()

    def handle(self, *_args: object, **_options: object) -> None:
        status = supervisor.run(env.load())
        sys.stdout.flush()
        sys.stderr.flush()
        # All that was to be tidied up has been. PyMongo would wait another second for its threads to end.
        os._exit(status)

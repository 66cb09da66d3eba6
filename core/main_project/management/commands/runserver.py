"""``manage.py runserver``: Django's own server for development, with a database and a mail worker."""

import os
import sys
from typing import Any

from django.core.management.commands import runserver
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from local_mongo import LocalMongoError
from local_mongo.parent_death import end_with_parent
from main_project import env
from main_project.server import supervisor, tenancy
from main_project.server.errors import RefusedError


class Command(runserver.Command):
    """Serve for development; the process that reloads the other one keeps the database over every reload."""

    help = f"{runserver.Command.help} HOST and PORT say where, and MongoDB is embedded where none is set."

    def handle(self, *args: Any, **options: Any) -> None:
        environment = env.load()
        host = f"[{environment.host}]" if ":" in environment.host else environment.host
        options["addrport"] = options["addrport"] or f"{host}:{environment.port}"
        if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
            super().handle(*args, **options)
            return
        try:
            with tenancy.hold(environment.data_dir), supervisor.database(environment):
                super().handle(*args, **options)
        except (RefusedError, LocalMongoError) as refusal:
            sys.exit(str(refusal))

    def inner_run(self, *args: Any, **options: Any) -> None:
        if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
            end_with_parent(os.getppid())
        mail = supervisor.MailWorker()
        mail.start()
        try:
            super().inner_run(*args, **options)
        finally:
            mail.stop()

    def check_migrations(self) -> None:
        """There are none: no SQL database, no migrations."""

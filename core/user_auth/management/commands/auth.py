"""``manage.py auth <verb>``: what an operator does by hand.

The verbs are in ``management.verbs`` and in the ``cli`` modules of the features, each of which has a ``register``.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from mongoengine.errors import OperationError
from pymongo.errors import PyMongoError

from user_auth import conf
from user_auth.features import FEATURES
from user_auth.foundation.errors import AuthError
from user_auth.management.verbs import indexes, mail_worker


class Command(BaseCommand):
    help = "Look after accounts, mail and the database."
    # They look at URLs and views, which no verb needs.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
        for module in (mail_worker, indexes, *_of_features()):
            module.register(verbs)

    def handle(self, *_args: str, **options: Any) -> None:
        """Run the verb.

        Raises:
            CommandError: With one line for the operator: a refusal, a setting, a database that is away.
        """
        try:
            conf.settings()
            status = _run(argparse.Namespace(**options))
        except conf.ProblemsError as error:
            raise CommandError(f"The settings cannot be used:\n{error}", returncode=2) from error
        except AuthError as error:
            raise CommandError("\n".join([error.message, *(each.message for each in error.errors)])) from error
        except (PyMongoError, OperationError) as error:
            raise CommandError(f"The database cannot be used ({type(error).__name__}); see MONGODB_URI.") from error
        if status:
            sys.exit(status)


def _run(options: argparse.Namespace) -> int:
    """Run the verb, as far as anybody reads what it prints."""
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it, ``head`` say, has had enough. What is left must go somewhere: it is flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _of_features() -> Iterator[Any]:
    for feature in FEATURES:
        name = f"user_auth.features.{feature}.cli"
        if find_spec(name):
            yield import_module(name)

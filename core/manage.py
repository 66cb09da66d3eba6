"""The command line: ``serve``, ``runserver``, ``auth`` and Django's own commands, from any folder."""

import os
import signal
import sys

# While everything is imported there is nothing to tidy up, so Ctrl-C just ends the process, without a traceback.
# It stays ignored where it was, as for a process in the background.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    import decouple  # noqa: F401 - named before anything that needs it, to be missed in plain words
    from django.core.management import execute_from_command_line
except ModuleNotFoundError as missing:
    sys.exit(
        f"{missing.name} is not installed for {sys.executable}: use `make run`, or .venv/bin/python core/manage.py."
    )

from local_mongo import LocalMongoError
from main_project import env


def main() -> int:
    """Run the command; problems that are to be expected are told in plain words, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        env.load()
        execute_from_command_line(sys.argv)
    except env.EnvironmentProblemsError as problems:
        sys.stderr.write(f"{problems}\n")
        return 2
    except LocalMongoError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

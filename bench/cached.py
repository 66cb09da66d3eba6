"""What a checked session takes in the memory of a worker.

``python -m bench.cached FILE COUNT``, in the environment of the service: checks so many tokens of the file, and prints
the bytes of each.
"""

import gc
import os
import sys
import tracemalloc
from pathlib import Path

import django

from main_project.server import lane
from user_auth import sessions
from user_auth.sessions import caching


def check(token: str) -> None:
    """Do as a worker does at the first check of a token."""
    sessions.look_up(token, keep_as=lane.rest_of)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    django.setup()
    file, count = Path(sys.argv[1]), int(sys.argv[2])
    first, *others = file.read_text().encode().split()[:count]
    # Everything that is made once.
    check(first.decode())
    if caching.cache() is None:
        raise RuntimeError("There is no cache.")
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for token in others:
        # A text of its own, as each request brings one.
        check(token.decode())
    gc.collect()
    print((tracemalloc.get_traced_memory()[0] - before) / len(others))


if __name__ == "__main__":
    main()

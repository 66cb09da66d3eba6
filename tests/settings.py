"""The service's own settings under an environment that the tests decide alone."""

import os
import tempfile
from pathlib import Path

from main_project import env
from user_auth import conf

for _name in {**conf.OPTIONS, **env.SERVICE_OPTIONS}:
    os.environ.pop(_name, None)
env.ENV_FILE = Path("no", "such", "file")
os.environ |= {
    "SECRET_KEY": "a key that only the tests know, and long enough",
    "BCRYPT_ROUNDS": "4",
    # Tests write past the app, and look at once; those of the cache switch it on.
    "SESSION_CACHE_ENTRIES": "0",
    "DATA_DIR": str(Path(tempfile.gettempdir(), f"user-auth-tests-{os.getpid()}")),
}

from main_project.settings import *  # noqa: E402, F403 - only now is the environment what it should be

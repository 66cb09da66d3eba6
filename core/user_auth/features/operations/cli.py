"""``manage.py auth new-key``."""

import argparse
from typing import Any, cast

from django.core.management.base import CommandError

from user_auth import conf, terminal
from user_auth.crypto.keyrings import Algorithm, Keyring
from user_auth.sessions import keys

_NO_FILES = (
    "JWT_ALGORITHM=HS256 is keyed from SECRET_KEY and has no key files. To renew that key, change SECRET_KEY and put the"
    " old one into SECRET_KEY_FALLBACKS. For key files, set JWT_ALGORITHM to EdDSA or ES256, and JWT_KEYS_DIR."
)


def register(verbs: "argparse._SubParsersAction[Any]") -> None:
    parser = verbs.add_parser("new-key", help="Make a key in JWT_KEYS_DIR that signs tokens from the next start on.")
    terminal.add_json_option(parser)
    parser.set_defaults(run=new_key)


def new_key(options: argparse.Namespace) -> int:
    """Make a key for tokens.

    Raises:
        CommandError: The algorithm has no key files, or the folder cannot be written or holds what is no key.
    """
    settings = conf.settings()
    if settings.jwt_algorithm == "HS256" or settings.jwt_keys_dir is None:
        raise CommandError(_NO_FILES)
    algorithm = cast("Algorithm", settings.jwt_algorithm)
    try:
        path = keys.make_key(settings.jwt_keys_dir, algorithm=algorithm)
        keyring = Keyring.from_pem_files(settings.jwt_keys_dir, algorithm=algorithm)
    except OSError as error:
        raise CommandError(f"{settings.jwt_keys_dir} cannot be written: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    terminal.emit_one(
        {"file": str(path), "kid": keyring.kid, "keys": len(keyring.verification_keys)}, as_json=options.as_json
    )
    terminal.say("It signs once the service is started anew; the others go on verifying.")
    return 0

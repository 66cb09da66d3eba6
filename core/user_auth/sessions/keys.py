"""The keys of session tokens, as the settings ask for them."""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import cast

from user_auth import conf
from user_auth.crypto import tokens
from user_auth.crypto.keyrings import Algorithm, Keyring, generate_pem
from user_auth.crypto.tokens import Claims
from user_auth.foundation import clock


def keyring() -> Keyring:
    """Return the keys that sign and verify tokens, read once a process.

    Raises:
        ValueError: ``JWT_KEYS_DIR`` holds no usable key.
    """
    return _keyring(conf.settings())


def sign(claims: Claims) -> str:
    """Sign a session's token."""
    settings = conf.settings()
    return tokens.issue(claims, keyring=keyring(), issuer=settings.jwt_issuer, audience=settings.jwt_audience)


def verify(token: str) -> Claims:
    """Return what a session's token says.

    Raises:
        TokenInvalidError: It is not one of ours.
        TokenExpiredError: It is, but its time is over.
    """
    settings = conf.settings()
    return tokens.decode(
        token, keyring=keyring(), issuer=settings.jwt_issuer, audience=settings.jwt_audience, now=clock.now()
    )


@lru_cache(maxsize=1)
def _keyring(settings: conf.Settings) -> Keyring:
    if settings.jwt_algorithm == "HS256" or settings.jwt_keys_dir is None:
        return Keyring.from_secrets(settings.secret_key, settings.secret_key_fallbacks)
    algorithm = cast("Algorithm", settings.jwt_algorithm)
    if settings.is_local:
        _make_first_key(settings.jwt_keys_dir, algorithm=algorithm)
    return Keyring.from_pem_files(settings.jwt_keys_dir, algorithm=algorithm)


def make_key(directory: Path, *, algorithm: Algorithm) -> Path:
    """Make a key that signs, from the next start on, in place of those that are there, and return its file.

    Raises:
        OSError: The folder cannot be written.
    """
    # The newest signs, and its name sorts last.
    path = directory / f"{algorithm.lower()}-{clock.now():%Y%m%dT%H%M%S%f}.pem"
    _write_key(path, algorithm=algorithm)
    return path


def _make_first_key(directory: Path, *, algorithm: Algorithm) -> None:
    """Make a key where there is none; of several processes that start at once, one does."""
    if any(directory.glob("*.pem")):
        return
    with suppress(FileExistsError):
        _write_key(directory / f"{algorithm.lower()}-0.pem", algorithm=algorithm)


def _write_key(path: Path, *, algorithm: Algorithm) -> None:
    """Write a key that its owner alone can read; it appears whole or not at all, and never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.parent / f".{os.getpid()}.draft"
    draft.touch(mode=0o600)
    try:
        draft.write_bytes(generate_pem(algorithm))
        os.link(draft, path)
    finally:
        draft.unlink()

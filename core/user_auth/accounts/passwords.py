"""Passwords of accounts: hashed and checked off the request threads, a bounded number at a time."""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from user_auth import conf, metrics
from user_auth.accounts import decoys
from user_auth.accounts.documents import User
from user_auth.crypto import common_passwords, passwords, policy
from user_auth.crypto.passwords import Pepper
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.errors import FieldProblem, UnavailableError, WeakPasswordError

WAIT_SECONDS = 2
NICENESS = 10

T = TypeVar("T")


def require_strong(password: str, *, address: EmailAddress, param: str) -> None:
    """Judge a new password.

    Raises:
        WeakPasswordError: It breaks rules; each is named under ``param``.
    """
    settings = conf.settings()
    found = policy.problems(
        password,
        email=address.stored,
        service_name=settings.service_name,
        min_length=settings.password_min_length,
        is_common=common_passwords.is_common,
    )
    if found:
        raise WeakPasswordError(errors=[FieldProblem(param, problem.code, problem.message) for problem in found])


def hash_password(password: str) -> str:
    """Hash a password at the configured cost.

    Raises:
        UnavailableError: No core was free for it in time.
    """
    pepper, rounds = _peppers()[0], conf.settings().bcrypt_rounds
    return _in_turn("hash", lambda: passwords.hash_password(password, pepper=pepper, rounds=rounds))


def verify(password: str, *, user: User | None, address: EmailAddress | None = None) -> bool:
    """Compare a password with an account's; with no account, or one without a password, do the same work for nothing.

    Args:
        address: Whose account was looked for; needed where it may not have been found.

    Raises:
        UnavailableError: No core was free for it in time.
    """
    peppers = _peppers()
    account = user.email_digest if user else address.digest if address else ""
    # Made and compared even when nobody was found: an early return would tell the clock who has an account.
    decoy = decoys.decoy(account, pepper=peppers[0])
    real = user.password_hash if user and not passwords.is_unusable(user.password_hash) else None
    return _in_turn("verify", lambda: passwords.verify(password, real or decoy, peppers=peppers)) and real is not None


def is_outdated(user: User) -> bool:
    """Tell whether the account's hash is cheaper than it should be, or of an older pepper."""
    return passwords.needs_rehash(user.password_hash, pepper=_peppers()[0], rounds=conf.settings().bcrypt_rounds)


def adopt(text: str) -> str:
    """Return what an account holds of a hash that was made elsewhere, or by this service for another database.

    Raises:
        ValueError: It could not be checked here; the message, the rest of a sentence, holds none of it.
    """
    return passwords.adopt(text, peppers=_peppers())


def _peppers() -> tuple[Pepper, ...]:
    """Return the pepper in force, then those that older hashes may have been made with."""
    settings = conf.settings()
    secrets = (settings.password_pepper, settings.secret_key, *settings.secret_key_fallbacks)
    return tuple(_pepper(secret) for secret in secrets if secret)


_pepper = lru_cache(maxsize=64)(Pepper.from_secret)


class _Capacity:
    """This process's hashing threads and their turns; the threads start on first use, so a forked worker has its own."""

    def __init__(self) -> None:
        count = conf.settings().hashing_threads
        self.turns = threading.BoundedSemaphore(count)
        self.pool = ThreadPoolExecutor(count, thread_name_prefix="hashing", initializer=_lower_priority)


_making = threading.Lock()
_made = lru_cache(maxsize=1)(_Capacity)


def _capacity() -> _Capacity:
    with _making:
        return _made()


def _in_turn(what: str, work: Callable[[], T]) -> T:
    """Run ``work`` when one of the hashing threads is free; give up after ``WAIT_SECONDS``.

    bcrypt releases the interpreter's lock, so that other requests go on meanwhile.

    Args:
        what: ``hash`` or ``verify``, for the metrics.
    """
    capacity, asked_at = _capacity(), time.monotonic()
    with metrics.waiting_for_hashing(what):
        has_turn = capacity.turns.acquire(timeout=WAIT_SECONDS)
    metrics.observe_hashing_wait(time.monotonic() - asked_at, outcome="served" if has_turn else "refused")
    if not has_turn:
        raise UnavailableError("Too many people are signing in right now. Please try again.")
    try:
        with metrics.hashing(what):
            return capacity.pool.submit(work).result()
    finally:
        capacity.turns.release()


def _lower_priority() -> None:
    if sys.platform == "linux":
        # On Linux a thread has a priority of its own: session checks go first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

"""Who owns the mongod of a data directory, and who uses another's.

Two locks decide. ``owner.lock`` is held by the owner and, inherited, by its mongod: it is free only when both have
ended. ``users.lock`` is shared by those who use another's mongod: a command that owns one waits for them at its end.
"""

import atexit
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_mongo import binary, replica_set
from local_mongo import places as places_of
from local_mongo.errors import LocalMongoError
from local_mongo.instance import START_SECONDS, Instance
from local_mongo.locks import FileLock
from local_mongo.mongod import Plan
from local_mongo.places import Owner, Places

PAUSE_SECONDS = 0.05
USERS_SECONDS = 30
SAY_SO_SECONDS = 0.5


@dataclass(frozen=True)
class Attachment:
    """The use of a mongod that another process owns.

    Attributes:
        lock: Has the owner wait for us; ``None`` where it does not.
    """

    uri: str
    lock: FileLock | None = None

    def stop(self) -> None:
        if self.lock:
            self.lock.release()


_guard = threading.RLock()
_held: dict[Places, Instance | Attachment] = {}


def attach(data_dir: Path, *, extra: Sequence[str] = ()) -> str:
    """Return the URI of the mongod for ``data_dir``; start one that ends with this process when none runs.

    The same within one process each time. To be called when the database is first used, never on import.
    ``extra`` are further arguments for mongod, should it be started here.

    Raises:
        LocalMongoError: There is none and none could be started.
    """
    with _guard:
        places = places_of.prepare(data_dir)
        if places not in _held:
            _held[places] = _attach(data_dir, places=places, extra=extra)
        return _held[places].uri


def adopt(data_dir: Path, *, uri: str) -> None:
    """Use the mongod that this process's parent owns for ``data_dir``, also while that does not answer."""
    with _guard:
        _held[places_of.prepare(data_dir)] = Attachment(uri)


def own(data_dir: Path, *, wait_seconds: float = 10, extra: Sequence[str] = ()) -> Instance:
    """Start the mongod for ``data_dir`` on behalf of a service; a command that owns one is waited for.

    Raises:
        LocalMongoError: Somebody else still owns it after ``wait_seconds``, or it could not be started.
    """
    with _guard:
        places = places_of.prepare(data_dir)
        if places in _held:
            _held.pop(places).stop()
        lock = _await_ownership(places, wait_seconds=wait_seconds)
        instance = _start(data_dir, places=places, lock=lock, extra=extra, is_service=True)
        _held[places] = instance
        return instance


def stop() -> None:
    """Stop what this process owns and let go of what it uses; it may ``attach`` again."""
    with _guard:
        while _held:
            places, held = _held.popitem()
            if isinstance(held, Instance) and not held.is_service:
                _stop_after_users(held, places=places)
            else:
                held.stop()


def _attach(data_dir: Path, *, places: Places, extra: Sequence[str]) -> Instance | Attachment:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if lock := FileLock.take(places.owner_lock):
            return _start(data_dir, places=places, lock=lock, extra=extra, is_service=False)
        if attachment := _use(places):
            return attachment
        time.sleep(PAUSE_SECONDS)
    raise LocalMongoError(
        f"The embedded MongoDB of {_owner_of(places)} does not answer: stop that process and try again."
    )


def _use(places: Places) -> Attachment | None:
    """Join the users of another's mongod; ``None`` when it takes no writes, or is just being stopped."""
    lock = FileLock.take(places.users_lock, shared=True)
    if lock is None:
        return None
    owner = places.read_owner()
    if owner and replica_set.is_writable(owner.socket):
        return Attachment(replica_set.uri_of(owner.socket), lock)
    lock.release()
    return None


def _start(data_dir: Path, *, places: Places, lock: FileLock, extra: Sequence[str], is_service: bool) -> Instance:
    try:
        mongod = binary.find()
        socket = places_of.socket_path(data_dir)
        plan = Plan(mongod, places, socket, lock, extra)
        places.write_owner(Owner(os.getpid(), is_service, str(socket)))
    except LocalMongoError:
        lock.release()
        raise
    instance = Instance(plan, is_service=is_service)
    instance.start()
    return instance


def _await_ownership(places: Places, *, wait_seconds: float) -> FileLock:
    deadline = time.monotonic() + wait_seconds
    while not (lock := FileLock.take(places.owner_lock)):
        if time.monotonic() > deadline:
            raise LocalMongoError(
                f"The embedded MongoDB in {places.root} is in use by {_owner_of(places)}: "
                "wait until it has ended, or stop it, and start again."
            )
        time.sleep(PAUSE_SECONDS)
    return lock


def _owner_of(places: Places) -> str:
    owner = places.read_owner()
    if owner is None:
        return "another process"
    return f"{'the service' if owner.is_service else 'a command'} with process id {owner.pid}"


def _stop_after_users(instance: Instance, *, places: Places) -> None:
    """Give those who use our mongod some time to finish; meanwhile and until it has ended nobody else joins them."""
    others = _await_users(places)
    instance.stop()
    if others:
        others.release()
    else:
        print("The embedded MongoDB was stopped although another command still used it.", file=sys.stderr)


def _await_users(places: Places) -> FileLock | None:
    said_so = False
    started = time.monotonic()
    while (waited := time.monotonic() - started) < USERS_SECONDS:
        if lock := FileLock.take(places.users_lock):
            return lock
        if waited > SAY_SO_SECONDS and not said_so:
            print(f"Waiting up to {USERS_SECONDS} s for a command that uses the embedded MongoDB.", file=sys.stderr)
            said_so = True
        time.sleep(PAUSE_SECONDS)
    return None


def _forget() -> None:
    """After a fork nothing of this is the child's: not mongod, and not the locks, which it must not hold on to."""
    while _held:
        if lock := _held.popitem()[1].lock:
            lock.release()


atexit.register(stop)
os.register_at_fork(after_in_child=_forget)

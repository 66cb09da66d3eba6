"""The rules of looking after accounts, for admins over HTTP and for whoever has the command line."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

from bson import ObjectId

from user_auth import accounts, audit, sessions, signals
from user_auth.accounts import User, admins, passwords
from user_auth.audit import Event
from user_auth.foundation import ids
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidFieldsError, NotFoundError
from user_auth.sessions import Reason

MAX_ROLES = 20
ROLE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_ID = re.compile(r"[0-9a-f]{24}")

Write = Callable[[User], User | None]
Guard = Callable[[User], AbstractContextManager[None]]


@dataclass(frozen=True)
class Operator:
    """Who looks after the accounts.

    Attributes:
        name: What the audit calls them: the pseudonym of an admin.
        caller: Where they ask from, if it is over HTTP.
    """

    name: str
    caller: Caller | None = None


COMMAND_LINE = Operator("command line")


def parse_id(text: str) -> ObjectId | None:
    """Return the id that a text is; ``None`` when it is none that this service gives out."""
    return ObjectId(text) if _ID.fullmatch(text) else None


def get(user_id: str) -> User:
    """Return a user.

    Raises:
        NotFoundError: There is none of that id, or their deletion has begun.
    """
    found = parse_id(user_id)
    user = accounts.get(found) if found else None
    if user is None or user.deleted_at:
        raise NotFoundError
    return user


def create(address: EmailAddress, *, name: str, password: str | None, operator: Operator) -> User | None:
    """Make an account whose address counts as verified; ``None`` when the address has one already.

    Args:
        password: Without one nobody can sign in until its owner has reset it.

    Raises:
        WeakPasswordError: The password breaks a rule.
        UnavailableError: No core was free to hash it.
    """
    if password is not None:
        passwords.require_strong(password, address=address, param="password")
    password_hash = passwords.hash_password(ids.random_id() if password is None else password)
    user = accounts.create(address, user_id=ObjectId(), name=name, password_hash=password_hash)
    if user:
        signals.signed_up.send_robust(sender=User, user_id=str(user.id), email=user.email)
        _record(Event.USER_CREATED, user, operator=operator)
    return user


def change(
    user_id: str, *, is_active: bool | None = None, roles: Sequence[str] | None = None, operator: Operator
) -> User:
    """Shut a user out or let them in again, and give them exactly these roles; ``None`` leaves either as it is.

    Raises:
        NotFoundError: There is no such user.
        LastAdminError: They are the last active admin, and would not be any more. Nothing has changed.
    """
    # At no moment does an account have more power than before and after: shut out first, let in last.
    if is_active is False:
        disable(user_id, operator=operator)
    if roles is not None:
        set_roles(user_id, roles, operator=operator)
    if is_active is True:
        enable(user_id, operator=operator)
    return get(user_id)


def disable(user_id: str, *, operator: Operator) -> User:
    """Keep a user from signing in and end their sessions at once.

    Raises:
        NotFoundError, LastAdminError: As for ``change``.
    """
    before, after = _write(user_id, partial(accounts.disable, reason=Reason.ACCOUNT_DISABLED), guard=admins.spared)
    sessions.end_others(after, reason=Reason.ACCOUNT_DISABLED, caller=operator.caller)
    if before.is_active:
        _record(Event.USER_DISABLED, after, operator=operator)
    return after


def enable(user_id: str, *, operator: Operator) -> User:
    """Let a user sign in again; their old sessions stay ended.

    Raises:
        NotFoundError: There is no such user.
    """
    before, after = _write(user_id, accounts.enable)
    if not before.is_active:
        _record(Event.USER_ENABLED, after, operator=operator)
    return after


def set_roles(user_id: str, roles: Sequence[str], *, operator: Operator) -> User:
    """Give a user exactly these roles.

    Raises:
        NotFoundError, LastAdminError: As for ``change``.
    """
    guard = _unguarded if admins.ROLE in roles else admins.spared
    return _record_roles(*_write(user_id, partial(accounts.set_roles, roles=roles), guard=guard), operator=operator)


def grant(user_id: str, role: str, *, operator: Operator) -> User:
    """Give a user one more role.

    Raises:
        NotFoundError: There is no such user.
        InvalidFieldsError: They have as many as one can have.
    """
    if len({*get(user_id).roles, role}) > MAX_ROLES:
        raise InvalidFieldsError(f"A user can have {MAX_ROLES} roles at most.")
    return _record_roles(*_write(user_id, partial(accounts.add_role, role=role)), operator=operator)


def revoke(user_id: str, role: str, *, operator: Operator) -> User:
    """Take a role from a user.

    Raises:
        NotFoundError, LastAdminError: As for ``change``.
    """
    guard = admins.spared if role == admins.ROLE else _unguarded
    return _record_roles(*_write(user_id, partial(accounts.remove_role, role=role), guard=guard), operator=operator)


def end_sessions(user_id: str, *, operator: Operator) -> User:
    """End every session of a user.

    Raises:
        NotFoundError: There is no such user.
    """
    _, after = _write(user_id, partial(accounts.end_generation, reason=Reason.REVOKED))
    sessions.end_others(after, reason=Reason.REVOKED, caller=operator.caller)
    _record(Event.SESSIONS_REVOKED, after, operator=operator)
    return after


def _unguarded(_user: User) -> AbstractContextManager[None]:
    return nullcontext()


def _write(user_id: str, write: Write, *, guard: Guard = _unguarded) -> tuple[User, User]:
    """Write to an account as it is now, and return it as it was and as it is.

    Args:
        write: Declines with ``None`` when the account is no longer as it was read; then it is read again.
        guard: Around the write.
    """
    while True:
        before = get(user_id)
        with guard(before):
            after = write(before)
        if after:
            return before, after


def _record(event: Event, user: User, *, operator: Operator, details: Mapping[str, str] | None = None) -> None:
    told = {"operator": operator.name, **(details or {})}
    subject = accounts.pseudonym(user)
    audit.record(event, outcome="success", caller=operator.caller, subject=subject, details=told)


def _record_roles(before: User, after: User, *, operator: Operator) -> User:
    granted, revoked = (set(one.roles) - set(other.roles) for one, other in ((after, before), (before, after)))
    told = {"granted": " ".join(sorted(granted)), "revoked": " ".join(sorted(revoked))}
    if granted or revoked:
        _record(
            Event.ROLES_CHANGED, after, operator=operator, details={name: text for name, text in told.items() if text}
        )
    return after

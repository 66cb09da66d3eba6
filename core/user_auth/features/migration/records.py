"""What a file says of one user, made into an account, and back."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from bson import ObjectId

from user_auth import accounts
from user_auth.accounts import User, passwords, roles
from user_auth.crypto.passwords import UNUSABLE, is_unusable
from user_auth.foundation import addresses, clock, names
from user_auth.foundation.addresses import EmailAddress

FIELDS = ("email", "password_hash", "name", "email_verified", "is_active", "roles", "created_at", "id")

FIRST_YEAR = 1970
_FIELD = re.compile(r"[a-z_]{1,40}")
_ID = re.compile(r"[0-9a-f]{24}")

T = TypeVar("T")


def draft(fields: Mapping[str, object]) -> User:
    """Make the record of a user, not yet stored.

    Raises:
        ValueError: Something is missing, unknown or of a wrong form; the message says what, and holds no value.
    """
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise ValueError(_unknown(min(unknown)))
    return accounts.draft(
        _address(fields),
        user_id=_read(fields, "id", _id, default=None) or ObjectId(),
        name=_read(fields, "name", _name, default=""),
        password_hash=_read(fields, "password_hash", _password_hash, default=UNUSABLE),
        roles=_read(fields, "roles", _roles, default=[]),
        created_at=_read(fields, "created_at", _time, default=None),
        is_active=_read(fields, "is_active", _truth, default=True),
        email_verified=_read(fields, "email_verified", _truth, default=True),
    )


def fields(user: User) -> dict[str, Any]:
    """Return what ``draft`` makes the same account of."""
    return {
        "id": str(user.id),
        "email": user.email,
        "password_hash": None if is_unusable(user.password_hash) else user.password_hash,
        "name": user.name,
        "email_verified": user.email_verified,
        "is_active": user.is_active,
        "roles": list(user.roles),
        "created_at": user.created_at.isoformat(timespec="milliseconds"),
    }


def _read(fields: Mapping[str, object], name: str, read: Callable[[object], T], *, default: T) -> T:
    value = fields.get(name)
    if value is None or value == "":
        return default
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _unknown(name: str) -> str:
    # It may be anything, also a secret in the wrong place.
    return f"{name} is no field" if _FIELD.fullmatch(name) else "it has a field that is none"


def _address(fields: Mapping[str, object]) -> EmailAddress:
    address = _read(fields, "email", _email, default=None)
    if address is None:
        raise ValueError("email: it is missing")
    return address


def _email(value: object) -> EmailAddress:
    try:
        return addresses.parse(_text(value))
    except ValueError as error:
        raise ValueError("it is not an address like name@example.com") from error


def _password_hash(value: object) -> str:
    return passwords.adopt(_text(value))


def _name(value: object) -> str:
    try:
        return names.parse(_text(value))
    except ValueError as error:
        raise ValueError(f"it must have 1 to {names.MAX_LENGTH} characters, without control characters") from error


def _roles(value: object) -> list[str]:
    if not roles.are_roles(value):
        raise ValueError(f"it must be {roles.MAX_ROLES} roles at most: small letters, digits, _ and -, a letter first")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false")  # noqa: TRY004 - one kind of error for whatever is wrong
    return value


def _id(value: object) -> ObjectId:
    if not _ID.fullmatch(_text(value)):
        raise ValueError("it must be 24 hex digits, as this service gives them out; leave it out for a new one")
    return ObjectId(_text(value))


def _time(value: object) -> datetime:
    text = _text(value)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("it must be a time like 2024-02-29T12:00:00Z") from error
    # The year first: in UTC, the very first and the very last have no dates.
    if FIRST_YEAR <= time.year <= clock.now().year + 1:
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        if time <= clock.now():
            return time.replace(microsecond=time.microsecond // 1000 * 1000)
    raise ValueError(f"it must be in {FIRST_YEAR} or later, and not in the future")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be a text")  # noqa: TRY004 - as above
    return value

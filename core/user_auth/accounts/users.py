"""Accounts: found, made, changed, deleted. One function, one database command."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bson import ObjectId
from mongoengine import Q, QuerySet
from mongoengine.errors import NotUniqueError

from user_auth import audit, epochs
from user_auth.accounts import admins
from user_auth.accounts.documents import OwedMail, User
from user_auth.foundation import clock, ids
from user_auth.foundation.addresses import EmailAddress, parse

P = ParamSpec("P")
T = TypeVar("T")
Change = Callable[Concatenate[User, P], T]


def seen_by_checks(change: Change[P, T]) -> Change[P, T]:
    """Have the next check of a session of the user read what the function has changed."""

    @wraps(change)
    def changed(user: User, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return change(user, *args, **kwargs)
        finally:
            # Also after a failure: the write may have come through all the same.
            epochs.bump(user.id)

    return changed


def find(address: EmailAddress) -> User | None:
    """Return the account of an address, active or not."""
    found = User.objects(email_digest=address.digest).first()
    if found is None:
        # A record is made of nobody's too: the third of a millisecond that it takes would tell who has an account.
        User._from_son(_nobody())
    return found


@cache
def _nobody() -> dict[str, Any]:
    address = parse("nobody@example.com")
    return dict(draft(address, user_id=ObjectId(), name="", password_hash="").to_mongo())


def get(user_id: ObjectId) -> User | None:
    """Return an account by its id."""
    return User.objects(id=user_id).first()


def create(address: EmailAddress, *, user_id: ObjectId, name: str, password_hash: str) -> User | None:
    """Make an account; ``None`` when the address, or this very id, already has one."""
    user = draft(address, user_id=user_id, name=name, password_hash=password_hash)
    try:
        user.store()
    except NotUniqueError:
        return None
    return user


def draft(
    address: EmailAddress,
    *,
    user_id: ObjectId,
    name: str,
    password_hash: str,
    roles: Sequence[str] = (),
    created_at: datetime | None = None,
    is_active: bool = True,
    email_verified: bool = True,
) -> User:
    """Return the record of a new account, not yet stored."""
    now = clock.now()
    return User(
        id=user_id,
        email=address.stored,
        canonical_email=address.canonical,
        email_digest=address.digest,
        email_verified=email_verified,
        name=name,
        password_hash=password_hash,
        roles=sorted(set(roles)),
        is_active=is_active,
        audit_salt=ids.random_id(),
        secured_at=now,
        created_at=created_at or now,
    )


@seen_by_checks
def set_password(
    user: User, *, password_hash: str, reason: str, generation: str | None = None, owes: Sequence[OwedMail] = ()
) -> User | None:
    """Store a new password and begin a generation, which ends every session but those carried into it.

    Returns:
        The account; ``None`` when another generation began meanwhile.
    """
    return _unchanged(user).modify(
        new=True,
        password_hash=password_hash,
        secured_at=clock.now(),
        **_new_generation(reason, generation=generation, owes=owes),
    )


@seen_by_checks
def reset_password(
    user: User, *, password_hash: str, asked_at: datetime, reason: str, owes: Sequence[OwedMail] = ()
) -> User | None:
    """Store a new password for whoever proved by a code that the address is theirs, and begin a generation.

    Args:
        asked_at: When the code was asked for. Of several resets at once the first decides; what was asked for before
            it resets nothing any more.

    Returns:
        The account; ``None`` when it is gone or disabled, or its password or address is newer than ``asked_at``.
    """
    return _same(user)(is_active=True, secured_at__lt=asked_at).modify(
        new=True,
        password_hash=password_hash,
        email_verified=True,
        # Not before what it settles, whatever the clocks of two machines say.
        secured_at=max(clock.now(), asked_at),
        **_new_generation(reason, owes=owes),
    )


@seen_by_checks
def set_address(
    user: User, address: EmailAddress, *, reason: str, generation: str | None = None, owes: Sequence[OwedMail] = ()
) -> User | None:
    """Store a new, verified address and begin a generation, which ends every session but those carried into it.

    Returns:
        The account; ``None`` when the address has one already, or when a generation began meanwhile.
    """
    try:
        return _unchanged(user).modify(
            new=True,
            email=address.stored,
            canonical_email=address.canonical,
            email_digest=address.digest,
            email_verified=True,
            secured_at=clock.now(),
            **_new_generation(reason, generation=generation, owes=owes),
        )
    except NotUniqueError:
        return None


@seen_by_checks
def disable(user: User, *, reason: str) -> User | None:
    """Keep an account from signing in, and end its sessions; ``None`` as with ``set_roles``."""
    return _no_new_admin(user).modify(new=True, is_active=False, **_new_generation(reason))


@seen_by_checks
def enable(user: User) -> User | None:
    """Let an account sign in again; ``None`` when it is gone, or its deletion has begun."""
    return _same(user)(deleted_at=None).modify(new=True, is_active=True)


@seen_by_checks
def end_generation(user: User, *, reason: str, generation: str | None = None) -> User | None:
    """Begin a generation, which ends every session but those carried into it; ``None`` when the account is gone."""
    return _same(user).modify(new=True, **_new_generation(reason, generation=generation))


@seen_by_checks
def set_roles(user: User, roles: Sequence[str]) -> User | None:
    """Give an account exactly these roles; ``None`` when it is not as it was read: gone, or an active admin now."""
    return _no_new_admin(user).modify(new=True, roles=sorted(set(roles)))


@seen_by_checks
def add_role(user: User, role: str) -> User | None:
    """Give an account one more role; ``None`` when it is gone."""
    return _same(user).modify(new=True, add_to_set__roles=role)


@seen_by_checks
def remove_role(user: User, role: str) -> User | None:
    """Take a role from an account; ``None`` as with ``set_roles``."""
    return _no_new_admin(user).modify(new=True, pull__roles=role)


def note_sign_in(user: User) -> bool | None:
    """Note that somebody has signed in to the account as it was read; tell whether that was the first time ever.

    Returns:
        ``None`` when a session started for it is not good: it is gone, disabled, or of another generation.
    """
    current = _unchanged(user)(is_active=True)
    before = current.first() if user.has_signed_in else current.modify(has_signed_in=True)
    return None if before is None else not before.has_signed_in


@seen_by_checks
def rename(user: User, name: str) -> User | None:
    """Change what somebody is called; ``None`` when the account is gone."""
    return _same(user).modify(new=True, name=name)


@seen_by_checks
def begin_deletion(user: User, *, reason: str) -> User | None:
    """Mark an account for deletion, which ends every session and every way in.

    Returns:
        The account as marked; ``None`` when it is not as it was read: gone, of another generation, or an admin now.
    """
    return _no_new_admin(user)(generation=user.generation).modify(
        new=True, deleted_at=clock.now(), is_active=False, **_new_generation(reason)
    )


def deletions_begun(before: datetime, *, most: int) -> Iterable[User]:
    """Return accounts whose deletion began before a time and is not complete, oldest first."""
    return User.objects(deleted_at__lt=before).order_by("deleted_at").limit(most)


@seen_by_checks
def delete(user: User) -> bool:
    """Delete an account's record; ``False`` when it was gone already."""
    return bool(_same(user).delete())


def is_there(user: User) -> bool:
    """Tell whether the account has not been deleted, nor is being."""
    return User.objects(id=user.id, deleted_at=None).first() is not None


def _same(user: User) -> "QuerySet[User]":
    """Return the account by its id, and by the key that tells a cluster where it is."""
    return User.objects(id=user.id, email_digest=user.email_digest)


def _new_generation(reason: str, *, generation: str | None = None, owes: Sequence[OwedMail] = ()) -> dict[str, object]:
    begun: dict[str, object] = {"generation": generation or ids.random_id(), "generation_reason": reason}
    return begun | ({"push_all__owed": list(owes)} if owes else {})


def _no_new_admin(user: User) -> "QuerySet[User]":
    """Return the account unless it has become an active admin since it was read, which nobody may undo unasked."""
    same = _same(user)
    return same if admins.is_active_admin(user) else same(Q(is_active=False) | Q(roles__ne=admins.ROLE))


def _unchanged(user: User) -> "QuerySet[User]":
    return _same(user)(generation=user.generation)


def replace_hash(user: User, *, password_hash: str) -> None:
    """Store a costlier hash of the same password, unless the password was changed meanwhile."""
    _same(user)(password_hash=user.password_hash).update_one(password_hash=password_hash)


def pseudonym(user: User) -> str:
    """Return the name under which the audit knows the account; nothing can tell whose it was once the account is gone."""
    return audit.pseudonym(user.audit_salt, str(user.id))

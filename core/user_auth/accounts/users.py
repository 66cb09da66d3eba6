"""Accounts: found, made. One function, one database command."""

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from user_auth import audit
from user_auth.accounts.documents import User
from user_auth.foundation import clock, ids
from user_auth.foundation.addresses import EmailAddress


def find(address: EmailAddress) -> User | None:
    """Return the account of an address, active or not."""
    return User.objects(email_digest=address.digest).first()


def get(user_id: ObjectId) -> User | None:
    """Return an account by its id."""
    return User.objects(id=user_id).first()


def create(address: EmailAddress, *, user_id: ObjectId, name: str, password_hash: str) -> User | None:
    """Make an account; ``None`` when the address, or this very id, already has one."""
    user = User(
        id=user_id,
        email=address.stored,
        canonical_email=address.canonical,
        email_digest=address.digest,
        name=name,
        password_hash=password_hash,
        audit_salt=ids.random_id(),
        created_at=clock.now(),
    )
    try:
        return User.objects.insert(user)
    except NotUniqueError:
        return None


def replace_hash(user: User, *, password_hash: str) -> None:
    """Store a costlier hash of the same password, unless the password was changed meanwhile."""
    User.objects(id=user.id, email_digest=user.email_digest, password_hash=user.password_hash).update_one(
        password_hash=password_hash
    )


def pseudonym(user: User) -> str:
    """Return the name under which the audit knows the account; nothing can tell whose it was once the account is gone."""
    return audit.pseudonym(user.audit_salt, str(user.id))

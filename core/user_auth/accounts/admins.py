"""The admins: there is always one."""

from collections.abc import Iterator
from contextlib import contextmanager

from user_auth.accounts.documents import User
from user_auth.foundation.errors import LastAdminError
from user_auth.mongo import locks

ROLE = "admin"


@contextmanager
def spared(user: User) -> Iterator[None]:
    """Hold off others while the block takes an account out of the active admins.

    Raises:
        LastAdminError: It is the last of them.
        UnavailableError: Others were at it all the time.
    """
    if not is_active_admin(user):
        yield
        return
    with locks.held("admins"):
        if not User.objects(roles=ROLE, is_active=True, id__ne=user.id).first():
            raise LastAdminError
        yield


def is_active_admin(user: User) -> bool:
    return user.is_active and ROLE in user.roles

"""Accounts: looked through, some at a time, each time along one index."""

from collections.abc import Sequence

from bson import ObjectId

from user_auth.accounts.documents import User

# Canonical addresses are ASCII, and none holds this.
_PAST_EVERY_ADDRESS = "\x7f"


def newest_first(*, before: ObjectId | None = None, most: int) -> Sequence[User]:
    """Return accounts, newest first; one that is made meanwhile moves none of the others. Served by ``_id_``.

    Args:
        before: The id of the last one that was seen.
    """
    users = User.objects(deleted_at=None) if before is None else User.objects(deleted_at=None, id__lt=before)
    return list(users.order_by("-id").limit(most))


def by_address(prefix: str, *, after: str = "", most: int) -> Sequence[User]:
    """Return accounts whose canonical address begins so, sorted by it. Served by ``canonical_email_1``.

    Args:
        prefix: Any text. The search is for a range of addresses, not for a pattern.
        after: The canonical address of the last one that was seen.
    """
    in_range = User.objects(canonical_email__gte=prefix, canonical_email__lt=prefix + _PAST_EVERY_ADDRESS)
    users = in_range(canonical_email__gt=after, deleted_at=None)
    return list(users.order_by("canonical_email").limit(most))

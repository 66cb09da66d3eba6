"""Accounts by the thousand: stored and read a batch at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto

import pymongo
from pymongo.errors import BulkWriteError

from user_auth.accounts.documents import User

# A batch takes milliseconds; a server that is busy with others gets longer than a request does.
BATCH_SECONDS = 60
_DUPLICATE = 11000


class Clash(Enum):
    """Why an account could not be stored."""

    ADDRESS = auto()
    ID = auto()


def insert(users: Sequence[User]) -> dict[int, Clash]:
    """Store new accounts and return which were not, by their places in ``users``.

    Args:
        users: Of different addresses.

    Raises:
        PyMongoError: Some may be stored. Done again it stores the rest.
    """
    with pymongo.timeout(BATCH_SECONDS):
        there = _addresses_there(users)
        new = {place: user for place, user in enumerate(users) if user.email_digest not in there}
        clashes = dict.fromkeys(set(range(len(users))) - new.keys(), Clash.ADDRESS)
        return clashes | _insert_new(new)


def pages(*, size: int) -> Iterator[Sequence[User]]:
    """Return all accounts, ``size`` at a time; one that is made meanwhile may come or not, one that changes comes once."""
    page: Sequence[User] = list(User.objects(deleted_at=None).order_by("id").limit(size))
    while page:
        yield page
        page = list(User.objects(deleted_at=None, id__gt=page[-1].id).order_by("id").limit(size))


def _insert_new(users: Mapping[int, User]) -> dict[int, Clash]:
    """Store in one command accounts that were not there a moment ago."""
    if not users:
        return {}
    try:
        User._get_collection().insert_many([user.to_mongo() for user in users.values()], ordered=False)
    except BulkWriteError as error:
        return _clashes(users, error)
    return {}


def _clashes(users: Mapping[int, User], error: BulkWriteError) -> dict[int, Clash]:
    """Tell the accounts that are there by now from those whose id another one has."""
    failed = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(each["code"] != _DUPLICATE for each in failed):
        raise error
    places = list(users)
    refused = {places[each["index"]]: users[places[each["index"]]] for each in failed}
    # Both the id and the address of one that is there are taken, and the server names one of the two.
    there = _addresses_there(refused.values())
    return {place: Clash.ADDRESS if user.email_digest in there else Clash.ID for place, user in refused.items()}


def _addresses_there(users: Iterable[User]) -> set[str]:
    """Return the digests of those addresses that have accounts."""
    found = User.objects(email_digest__in=[user.email_digest for user in users]).only("email_digest").as_pymongo()
    return {user["email_digest"] for user in found}

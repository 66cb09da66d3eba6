"""Users and what happened to them, looked through a page at a time."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bson import ObjectId

from user_auth import accounts, audit
from user_auth.accounts import User, listing
from user_auth.audit import AuditEvent, Event
from user_auth.features.admin import service
from user_auth.features.admin.paging import SIZE, Page, Position
from user_auth.foundation import addresses
from user_auth.foundation.errors import FieldProblem, InvalidFieldsError

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"[0-9]{1,14}")


def find(text: str) -> User | None:
    """Return the user of an address or an id."""
    user_id = service.parse_id(text)
    user = accounts.get(user_id) if user_id else _of_address(text)
    return None if user is None or user.deleted_at else user


def users(text: str = "", *, after: Position | None = None) -> Page[User]:
    """Return users, newest first; those whose address begins with a text, sorted by address; or the one of an id.

    Raises:
        InvalidFieldsError: The position is not of this list.
    """
    sought = text.strip()
    if not sought:
        before = _id(*after) if after else None
        newest = listing.newest_first(before=before, most=SIZE + 1)
        return _page(newest, lambda user: (str(user.id),))
    user = find(sought) if service.parse_id(sought) else None
    if user:
        return Page([user])
    found = listing.by_address(_canonical(sought), after=_address(*after) if after else "", most=SIZE + 1)
    return _page(found, lambda user: (user.canonical_email,))


def events(user: str = "", *, event: Event | None = None, after: Position | None = None) -> Page[AuditEvent]:
    """Return records of the audit, newest first.

    Args:
        user: The address or the id of the one concerned; of an unknown one there are none.

    Raises:
        InvalidFieldsError: The position is not of this list.
    """
    sought = user.strip()
    concerned = find(sought) if sought else None
    if sought and concerned is None:
        return Page([])
    subject = accounts.pseudonym(concerned) if concerned else None
    before = _place(*after) if after else None
    found = audit.find(subject=subject, event=event, before=before, most=SIZE + 1)
    return _page(found, lambda record: (str((record.at - _EPOCH) // timedelta(milliseconds=1)), str(record.id)))


def every(page_after: Callable[[Position | None], Page[T]]) -> Iterator[T]:
    """Return all items of a list, in bounded memory."""
    page = page_after(None)
    yield from page.items
    while page.end:
        page = page_after(page.end)
        yield from page.items


def _page(found: Sequence[T], position: Callable[[T], Position]) -> Page[T]:
    """Make a page of one item more than it holds, if there are so many."""
    items = found[:SIZE]
    return Page(items, position(items[-1]) if len(found) > SIZE else None)


def _of_address(text: str) -> User | None:
    try:
        return accounts.find(addresses.parse(text))
    except ValueError:
        return None


def _canonical(text: str) -> str:
    """Return what is searched for as addresses are compared; the beginning of an address in lower case."""
    try:
        return addresses.parse(text).canonical
    except ValueError:
        return text.lower()


def _id(text: str = "", *rest: str) -> ObjectId:
    found = service.parse_id(text)
    if found is None or rest:
        raise _not_of_this_list()
    return found


def _address(text: str = "", *rest: str) -> str:
    if rest:
        raise _not_of_this_list()
    return text


def _place(at: str = "", record_id: str = "", *rest: str) -> audit.Place:
    if not _MILLISECONDS.fullmatch(at):
        raise _not_of_this_list()
    return _EPOCH + timedelta(milliseconds=int(at)), _id(record_id, *rest)


def _not_of_this_list() -> InvalidFieldsError:
    return InvalidFieldsError(errors=[FieldProblem("cursor", "invalid", "This is no cursor of this list.")])

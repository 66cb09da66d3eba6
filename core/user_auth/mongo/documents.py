"""The base of every document."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self

import mongoengine
from bson import ObjectId
from pymongo.collection import Collection

from user_auth.mongo import connection

# What stands for a value that a record must have and has not. They open nothing: that time is over, that id is nobody's.
BLANKS: Mapping[Any, object] = {
    mongoengine.StringField: "",
    mongoengine.IntField: 0,
    mongoengine.DateTimeField: datetime.fromtimestamp(0, UTC),
    mongoengine.ObjectIdField: ObjectId(b"\0" * 12),
}


class Document(mongoengine.Document):
    """A record of one collection.

    Not strict, so that an older release can read what a newer one wrote: fields that it does not know are ignored, and
    those that it misses are blank. Its indexes are not MongoEngine's:
    each document declares them as ``INDEXES`` and ``mongo.indexes`` makes them.
    """

    meta = {"abstract": True, "strict": False, "auto_create_index": False, "db_alias": connection.ALIAS}  # noqa: RUF012 - MongoEngine's way

    @classmethod
    def _get_collection(cls) -> "Collection[dict[str, Any]]":
        """Return the collection of the connection in force; it is opened by the first use, never by an import."""
        return connection.collection(cls._get_collection_name())

    def store(self) -> None:
        """Insert the record, which must not be there yet; MongoEngine's own way reads it back, for nothing.

        Raises:
            NotUniqueError: It is there, or another one with what only one may have.
        """
        type(self).objects.insert(self, load_bulk=False)

    @classmethod
    def whole(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with a blank for what it must have and has not."""
        return {**_blanks(cls), **record}  # type: ignore[arg-type]

    @classmethod
    def _from_son(cls, son: Mapping[str, Any], **options: Any) -> Self:
        return super()._from_son(cls.whole(son), **options)


@cache
def _blanks(document: type[Document]) -> dict[str, object]:
    """Return the values for fields that must be there and have no default."""
    needed = {name: field for name, field in document._fields.items() if field.required and field.default is None}
    return {field.db_field: BLANKS[type(field)] for name, field in needed.items() if type(field) in BLANKS}

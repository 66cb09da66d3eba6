"""The base of every document."""

from typing import Any

import mongoengine
from pymongo.collection import Collection

from user_auth.mongo import connection


class Document(mongoengine.Document):
    """A record of one collection.

    Not strict, so that an older release can read what a newer one wrote. Its indexes are not MongoEngine's:
    each document declares them as ``INDEXES`` and ``mongo.indexes`` makes them.
    """

    meta = {"abstract": True, "strict": False, "auto_create_index": False, "db_alias": connection.ALIAS}  # noqa: RUF012 - MongoEngine's way

    @classmethod
    def _get_collection(cls) -> "Collection[dict[str, Any]]":
        """Return the collection of the connection in force; it is opened by the first use, never by an import."""
        return connection.database()[cls._get_collection_name()]

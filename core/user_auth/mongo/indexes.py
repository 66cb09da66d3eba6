"""The indexes of all documents: made, compared, and mended where that loses nothing.

``ensure`` may run in any number of processes at once. It never drops an index: what only that would mend is
reported. Indexes that no document declares are left alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pymongo
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from user_auth.mongo import connection
from user_auth.mongo.documents import Document

# PyMongo's word for no limit: on a large collection an index takes longer than a command may. The server must still
# be found in time.
_NO_TIMEOUT = 0
_TTL = "expireAfterSeconds"
_RUN_AGAIN = "then run `manage.py auth indexes`"
# What the server refuses for good; other failures pass, and are raised.
_REFUSALS = {
    13: f"the database user may not create indexes; give it the roles readWrite and dbAdmin, {_RUN_AGAIN}",
    67: f"the server cannot make it (on a sharded collection a unique index must begin with the shard key); {_RUN_AGAIN}",
    85: f"an index with the same keys has other options; drop that one, {_RUN_AGAIN}",
    86: f"an index of the same name is different; drop that one, {_RUN_AGAIN}",
    11000: f"several records have the same value; keep one of each, {_RUN_AGAIN}",
}


@dataclass(frozen=True)
class Index:
    """One index of a collection, as its document declares it.

    Attributes:
        keys: A field's name in the database, or several; ``-`` in front means descending.
        ttl: Records go when the time in the field has come.
        partial: Only records for which this filter holds are in it.
        name: As MongoDB would name it, unless given.
    """

    keys: str | tuple[str, ...]
    unique: bool = False
    ttl: bool = False
    partial: Mapping[str, Any] | None = None
    name: str = ""

    @property
    def pairs(self) -> list[tuple[str, int]]:
        """The keys as MongoDB takes them: field and direction."""
        names = (self.keys,) if isinstance(self.keys, str) else self.keys
        return [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in names]

    @property
    def full_name(self) -> str:
        return self.name or "_".join(f"{field}_{direction}" for field, direction in self.pairs)

    @property
    def options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"unique": True} if self.unique else {}
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.ttl:
            options[_TTL] = 0
        return options

    @property
    def model(self) -> IndexModel:
        return IndexModel(self.pairs, name=self.full_name, **self.options)


class _State(Enum):
    MISSING = auto()
    TTL_DIFFERS = auto()
    DIFFERS = auto()


@dataclass(frozen=True)
class _Fault:
    """An index that is not as declared; ``name`` is the one it has in the database."""

    collection: "Collection[dict[str, Any]]"
    index: Index
    state: _State
    name: str

    @property
    def sentence(self) -> str:
        what = f"{self.collection.name}: the index {self.name}"
        if self.state is _State.MISSING:
            return f"{what} is missing; run `manage.py auth indexes`."
        if self.state is _State.TTL_DIFFERS:
            return f"{what} expires records at another time than {self.index.keys}; run `manage.py auth indexes`."
        wanted = {"keys": dict(self.index.pairs), **self.index.options}
        drop = f"drop it (db.{self.collection.name}.dropIndex('{self.name}'))"
        return f"{what} has other keys or options than {wanted}; {drop}, {_RUN_AGAIN}."


def declared() -> dict[str, tuple[Index, ...]]:
    """Return the indexes of every collection, as the documents imported so far declare them."""
    kept = [each for each in _descendants(Document) if not each._meta.get("abstract")]
    return {each._get_collection_name(): getattr(each, "INDEXES", ()) for each in kept}


def _descendants(kind: type[Document]) -> Iterator[type[Document]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


def compare(wanted: Mapping[str, Iterable[Index]] | None = None) -> list[str]:
    """Return, a sentence each, where the database's indexes are not as wanted; nothing is changed.

    Args:
        wanted: The indexes by the name of their collection; those that are declared unless given.
    """
    return [fault.sentence for fault in _faults(declared() if wanted is None else wanted)]


def ensure(wanted: Mapping[str, Iterable[Index]] | None = None) -> list[str]:
    """Create what is missing, set expiry right, and return, a sentence each, what could not be mended.

    Args:
        wanted: As for ``compare``.

    Raises:
        PyMongoError: The database is away; nothing is lost by calling again.
    """
    with pymongo.timeout(_NO_TIMEOUT):
        outcomes = [_mend(fault) for fault in _faults(declared() if wanted is None else wanted)]
    return [outcome for outcome in outcomes if outcome]


def _faults(wanted: Mapping[str, Iterable[Index]]) -> Iterator[_Fault]:
    for name, indexes in wanted.items():
        collection = connection.database()[name]
        present = list(collection.list_indexes())
        faults = [_judge(collection, index, present=present) for index in indexes]
        yield from [fault for fault in faults if fault]


def _judge(
    collection: "Collection[dict[str, Any]]", index: Index, *, present: Iterable[Mapping[str, Any]]
) -> _Fault | None:
    found = _find(index, present=present)
    if found is None:
        return _Fault(collection, index, _State.MISSING, index.full_name)
    if _essence(found) != _essence({"key": dict(index.pairs), **index.options}):
        return _Fault(collection, index, _State.DIFFERS, found["name"])
    if found.get(_TTL) == index.options.get(_TTL):
        return None
    # A TTL can be set and changed in place, but not taken off.
    return _Fault(collection, index, _State.TTL_DIFFERS if index.ttl else _State.DIFFERS, found["name"])


def _find(index: Index, *, present: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the one of that name, else the one that does the same work under another."""
    by_name = [each for each in present if each["name"] == index.full_name]
    by_keys = [each for each in present if _keys(each) == index.pairs and _partial(each) == _partial(index.options)]
    return next(iter(by_name + by_keys), None)


def _essence(found: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what cannot be changed in place."""
    return _keys(found), bool(found.get("unique")), bool(found.get("sparse")), _partial(found), found.get("collation")


def _keys(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(found["key"].items())


def _partial(found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(found.get("partialFilterExpression") or {})


def _mend(fault: _Fault) -> str | None:
    """Mend a fault; return a sentence when that is not possible."""
    if fault.state is _State.DIFFERS:
        return fault.sentence
    try:
        _change(fault)
    except OperationFailure as error:
        if error.code not in _REFUSALS:
            raise
        # The server's own text is left out: it can hold an address.
        return f"{fault.collection.name}: the index {fault.name} cannot be made: {_REFUSALS[error.code]}."
    return None


def _change(fault: _Fault) -> None:
    collection = fault.collection
    if fault.state is _State.MISSING:
        collection.create_indexes([fault.index.model])
    else:
        collection.database.command("collMod", collection.name, index={"name": fault.name, _TTL: 0})

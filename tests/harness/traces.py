"""What the database holds about somebody, looked for in all of it."""

from collections.abc import Iterable
from typing import Any

from pymongo.database import Database


def traces(database: Database[dict[str, Any]], needles: Iterable[str]) -> list[str]:
    """Return ``collection: text`` for each of these texts that a collection holds, in whatever field and spelling."""
    sought = {needle.lower() for needle in needles}
    held = {name: str(list(database[name].find())).lower() for name in database.list_collection_names()}
    return sorted(f"{name}: {needle}" for name, text in held.items() for needle in sought if needle in text)

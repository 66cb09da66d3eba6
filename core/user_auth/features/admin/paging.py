"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SIZE = 50
# What the last item of a page was sorted by, as texts.
Position = tuple[str, ...]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items of a list.

    Attributes:
        end: Where the next page goes on; ``None`` when this is the last.
    """

    items: Sequence[T]
    end: Position | None = None

"""The figures, for people and for machines."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.goals import Goal

STYLES = {"stretch": "bold green", "must": "green", "missed": "red", "": ""}
WIDTH = 150


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        server_us: Processor time of each answer in microseconds, of all of the service's processes but mongod.
        ratio: To what ``to`` names, in the same run.
    """

    name: str
    value: float
    unit: str
    server_us: float | None = None
    database_us: float | None = None
    ratio: float | None = None
    to: str = ""
    goal: Goal | None = None

    @property
    def verdict(self) -> str:
        return self.goal.verdict(value=self.value, ratio=self.ratio) if self.goal else ""


def as_json(figures: Iterable[Figure]) -> str:
    return json.dumps([asdict(figure) | {"verdict": figure.verdict} for figure in figures], indent=1)


def show(figures: Iterable[Figure]) -> None:
    """Print a table; in a pipe it is as wide as it needs to be."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    grid.add_column("figure")
    for heading in ("value", "CPU µs: server", "mongod", "ratio"):
        grid.add_column(heading, justify="right")
    for heading in ("to", "must", "stretch", "met"):
        grid.add_column(heading)
    for figure in figures:
        grid.add_row(*_cells(figure), Text(figure.verdict, style=STYLES[figure.verdict]))
    console = Console()
    Console(width=None if console.is_terminal else WIDTH).print(grid)


def _cells(figure: Figure) -> list[str]:
    goal = figure.goal
    numbers = (figure.server_us, figure.database_us)
    return [
        figure.name,
        f"{_short(figure.value)} {figure.unit}".rstrip(),
        *("" if number is None else _short(number) for number in numbers),
        "" if figure.ratio is None else f"{_short(figure.ratio)}x",
        figure.to,
        _bound(goal, goal.must if goal else None),
        _bound(goal, goal.stretch if goal else None),
    ]


def _bound(goal: Goal | None, bound: float | None) -> str:
    if goal is None or bound is None:
        return ""
    return f"{'≤' if goal.at_most else '≥'} {bound:g}{'x' if goal.of == 'ratio' else ''}"


def _short(number: float) -> str:
    """Return a number with three figures, or all of those before the point."""
    if number == int(number) or abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.3g}" if abs(number) >= 0.001 else f"{number:.1g}"

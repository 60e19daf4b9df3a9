"""Rows of figures with their goals."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tabulate import tabulate


@dataclass(frozen=True)
class Row:
    """A figure, and where there is one the goal and whether it is met."""

    name: str
    figure: str
    goal: str = ""
    verdict: str = ""

    @classmethod
    def at_most(cls, name: str, value: float, goal: float, digits: int = 2) -> Self:
        """A figure that should not be higher than the goal."""
        return cls(name, f"{value:.{digits}f}", f"at most {goal:g}", _verdict(value <= goal))

    @classmethod
    def at_least(cls, name: str, value: float, goal: float, digits: int = 2) -> Self:
        """A figure that should not be lower than the goal."""
        return cls(name, f"{value:.{digits}f}", f"at least {goal:g}", _verdict(value >= goal))


def print_rows(title: str, rows: Iterable[Row]) -> None:
    """Print figures as a table."""
    cells = [(row.name, row.figure, row.goal, row.verdict) for row in rows]
    print_table(title, ("Figure", "Measured", "Goal", ""), cells)


def print_table(title: str, headings: Iterable[str], cells: Iterable[tuple[str, ...]]) -> None:
    """Print any table."""
    print(f"\n{title}\n\n{tabulate(list(cells), headers=list(headings), disable_numparse=True)}", flush=True)


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"

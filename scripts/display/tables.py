"""Tables: with colours on a terminal, aligned plain text everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.display.terminal import plain

Item = TypeVar("Item")
# Blanks between two columns.
_BETWEEN: Final = 2
# How many columns are named that do not fit.
_NAMED: Final = 8
# The least width of a sentence in a cell.
_SENTENCE: Final = 30


@dataclass(frozen=True)
class Column:
    """A column's heading and side.

    Attributes:
        needed: a narrow terminal leaves out the others first.
        wraps: its cells are sentences, which may take several lines; in no other column does a cell break.
    """

    name: str
    right: bool = False
    needed: bool = True
    wraps: bool = False


@dataclass(frozen=True)
class Rows:
    """Columns and their cells; ``styles`` has the styles of the first rows."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    styles: Sequence[str] = field(default_factory=list[str])

    @classmethod
    def of(
        cls,
        items: Sequence[Item],
        *columns: tuple[Column, Callable[[Item], str]],
        style: Callable[[Item], str] = lambda _: "",
    ) -> Self:
        """A row for each item; each column comes with a function that makes its cell."""
        return cls(
            [column for column, _ in columns],
            [[cell(item) for _, cell in columns] for item in items],
            [style(item) for item in items],
        )

    def show(self, out: Console, hint: str = "--json has all") -> None:
        """Print them; on a terminal those columns that fit, and below them the names of the others.

        Args:
            hint: how to see the others.
        """
        if not out.is_terminal:
            self._show_plain(out)
            return
        kept = self._fitting(out.width)
        out.print(self._table(kept))
        left_out = [
            column.name for place, column in enumerate(self.columns) if place not in kept and column.name
        ]
        if left_out:
            out.print(f"{_sum_up(left_out)} ({hint})", style="dim")

    def fits(self, width: int) -> bool:
        """Whether all columns fit."""
        return len(self._fitting(width)) == len(self.columns)

    def _table(self, kept: Sequence[int]) -> Table:
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, _BETWEEN, 0, 0))
        for place in kept:
            column = self.columns[place]
            table.add_column(
                column.name,
                justify="right" if column.right else "left",
                overflow="fold",
                no_wrap=not column.wraps and len(kept) > 1,
            )
        for number, row in enumerate(self.cells):
            style = self.styles[number] if number < len(self.styles) else ""
            table.add_row(*(Text(plain(row[place]), style) for place in kept))
        return table

    def _fitting(self, width: int) -> list[int]:
        """The places of the columns that fit: those that are needed first, from the left; always the first one."""
        widths, kept, room = self._widths(), list[int](), width
        for place in sorted(range(len(widths)), key=lambda place: (not self.columns[place].needed, place)):
            least = min(widths[place], _SENTENCE) if self.columns[place].wraps else widths[place]
            each = least + (_BETWEEN if kept else 0)
            if each > room and kept:
                break
            kept.append(place)
            room -= each
        return sorted(kept)

    def _show_plain(self, out: Console) -> None:
        widths = self._widths()
        for row in [[column.name for column in self.columns], *self.cells]:
            parts = [
                _pad(plain(cell), width, right=column.right)
                for cell, width, column in zip(row, widths, self.columns, strict=True)
            ]
            out.print((" " * _BETWEEN).join(parts).rstrip())

    def _widths(self) -> list[int]:
        rows = [[column.name for column in self.columns], *self.cells]
        return [max(cell_len(plain(row[place])) for row in rows) for place in range(len(self.columns))]


def _sum_up(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return f"not shown at this width: {', '.join(names)}"
    return f"{len(names)} more columns: {', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"


def _pad(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks

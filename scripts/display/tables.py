"""Tables: with colours on a terminal, aligned plain text everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.display.terminal import plain

Item = TypeVar("Item")


@dataclass(frozen=True)
class Column:
    """A column's heading and side; a narrow terminal leaves out columns that are not ``needed``."""

    name: str
    right: bool = False
    needed: bool = True


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

    def show(self, out: Console) -> None:
        """Print them."""
        if out.is_terminal:
            out.print(self._table(out.width), soft_wrap=False)
        else:
            self._show_plain(out)

    def _table(self, width: int) -> Table:
        kept = [place for place, column in enumerate(self.columns) if column.needed or self._fits(width)]
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for place in kept:
            column = self.columns[place]
            table.add_column(column.name, justify="right" if column.right else "left", overflow="fold")
        for number, row in enumerate(self.cells):
            style = self.styles[number] if number < len(self.styles) else ""
            table.add_row(*(Text(plain(row[place]), style) for place in kept))
        return table

    def _fits(self, width: int) -> bool:
        return sum(each + 2 for each in self._widths()) <= width + 2

    def _show_plain(self, out: Console) -> None:
        widths = self._widths()
        for row in [[column.name for column in self.columns], *self.cells]:
            parts = [
                plain(cell).rjust(width) if column.right else plain(cell).ljust(width)
                for cell, width, column in zip(row, widths, self.columns, strict=True)
            ]
            out.print("  ".join(parts).rstrip())

    def _widths(self) -> list[int]:
        rows = [[column.name for column in self.columns], *self.cells]
        return [max(len(plain(row[place])) for row in rows) for place in range(len(self.columns))]

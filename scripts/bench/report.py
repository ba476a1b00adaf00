"""Prints the tables for people at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from scripts.bench.processes import Figures
from scripts.bench.sheets import Sheet, goals_sheet, sheets


def show(results: Figures, console: Console) -> None:
    """A table for each measurement, then the goals."""
    for sheet in (*sheets(results), goals_sheet(results)):
        console.print(_table(sheet))


def _table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", title_style="bold")
    for number, name in enumerate(sheet.columns):
        table.add_column(name, justify="right" if number and name else "left")
    for row in sheet.rows:
        table.add_row(*row)
    return table

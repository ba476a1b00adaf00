"""`myrunstreak compare`: two years side by side, to the same day of the year."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts.commands.command import AsOf, Json, Settings, command
from scripts.display.answers import print_json
from scripts.display.figures import figure_columns
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine


@command(
    examples=("myrunstreak compare", "myrunstreak compare 2023", "myrunstreak compare 2019 2025"), units=True
)
def compare(
    settings: Settings,
    first: Annotated[
        int | None, typer.Argument(metavar="[YEAR]", help="A year; alone, with the year before it.")
    ] = None,
    second: Annotated[
        int | None, typer.Argument(metavar="[YEAR]", help="Another year; default: last year with this year.")
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show two years side by side, to the same day of the year."""
    with open_engine(settings) as engine:
        later = second or first or engine.today().year
        earlier = first if first is not None and second is not None else later - 1
        answer = engine.compare(earlier, later, as_of=as_of)
    if as_json:
        print_json(answer)
        return
    one, other = answer.items
    rows = [["to", str(one.to), str(other.to), ""]]
    for column, cell in figure_columns(settings.units):
        change = cell(answer.difference)
        rows.append([column.name, cell(one), cell(other), change if change.startswith("-") else f"+{change}"])
    years = [Column(str(year.year), right=True) for year in answer.items]
    Rows([Column(""), *years, Column("change", right=True)], rows).show(standard_output())

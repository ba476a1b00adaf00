"""`myrunstreak compare`: two years side by side, to the same day of the year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scripts.commands.command import AsOf, Json, UnitsOption, command
from scripts.display.answers import print_json
from scripts.display.figures import COLUMNS, cells
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings


@command()
def compare(
    settings: Settings,
    first: Annotated[int, typer.Argument(metavar="YEAR")],
    second: Annotated[int, typer.Argument(metavar="YEAR")],
    as_of: AsOf = None,
    units: UnitsOption = None,
    as_json: Json = False,
) -> None:
    """Show two years side by side, to the same day of the year."""
    from scripts.record.reading import open_engine

    with open_engine(settings) as engine:
        answer = engine.compare(first, second, as_of=as_of)
    if as_json:
        print_json(answer)
        return
    shown_in = units or settings.units
    one, other = answer.items
    rows = [["to", f"{one.to:%d %b}", f"{other.to:%d %b}", ""]]
    changes = [text if text.startswith("-") else f"+{text}" for text in cells(answer.difference, shown_in)]
    names = [column.name for column in COLUMNS]
    rows += map(list, zip(names, cells(one, shown_in), cells(other, shown_in), changes, strict=True))
    years = [Column(str(year.year), right=True) for year in answer.items]
    Rows([Column(""), *years, Column("change", right=True)], rows).show(standard_output())

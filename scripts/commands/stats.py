"""`myrunstreak stats`: what years, months, weeks or the last days add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from myrunstreak.errors import InvalidQuestion
from myrunstreak.measures import Units, counted
from rich.text import Text

from scripts.commands.command import AsOf, Json, Settings, at_most_one, command
from scripts.display.answers import print_json
from scripts.display.figures import figure_columns
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.period_models import Periods, Trailing


@command(
    examples=(
        "myrunstreak stats",
        "myrunstreak stats --month",
        "myrunstreak stats --trailing 30",
    ),
    units=True,
    long=True,
)
def stats(
    settings: Settings,
    year: Annotated[bool, typer.Option("--year", help="By year, the default.")] = False,
    month: Annotated[bool, typer.Option("--month", help="By month.")] = False,
    week: Annotated[bool, typer.Option("--week", help="By week.")] = False,
    trailing: Annotated[
        int | None, typer.Option(metavar="N", help="The last N days, including today.")
    ] = None,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show N of them; --json has them all.")] = 24,
    as_json: Json = False,
) -> None:
    """Show what years, months, weeks or the last days add up to."""
    at_most_one(year=year, month=month, week=week, trailing=trailing is not None)
    if as_of is not None and trailing is None:
        raise InvalidQuestion("--as-of needs --trailing.")
    shown_in = settings.units
    with open_engine(settings) as engine:
        if trailing is not None:
            days = engine.trailing(trailing, as_of=as_of)
            print_json(days) if as_json else _show_trailing(days, trailing, shown_in)
            return
        unit = "month" if month else "week" if week else "year"
        periods = engine.stats(unit)
    print_json(periods) if as_json else _show_periods(periods, unit, limit, shown_in)


def _show_periods(answer: Periods, unit: str, limit: int, units: Units) -> None:
    out, shown = standard_output(), answer.items[:limit]
    if not shown:
        out.print("There are no runs in the record yet.", style="yellow")
        return
    Rows.of(shown, (Column(unit), lambda item: item.period), *figure_columns(units)).show(out)
    if len(shown) < len(answer.items):
        earlier = counted(len(answer.items) - len(shown), f"earlier {unit}")
        out.print(f"and {earlier}: --limit {len(answer.items)} shows them all", style="dim")


def _show_trailing(answer: Trailing, days: int, units: Units) -> None:
    out = standard_output()
    out.print(Text.assemble((counted(days, "day"), "bold"), f", {answer.from_} to {answer.to}"))
    for column, cell in figure_columns(units):
        out.print(f"  {column.name:<10}{cell(answer)}")

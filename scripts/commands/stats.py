"""`myrunstreak stats`, `compare` and `eddington`: what years, months, weeks and days up to today add up to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from myrunstreak.analytics.models import Comparison, Figures, Period
from rich.console import Console
from rich.text import Text

from scripts.display.measures import Units, climb, distance, duration, pace
from scripts.display.tables import Column, Rows
from scripts.display.terminal import EXIT_DONE, counted, standard_output
from scripts.local_settings import load_settings
from scripts.record.reading import answers_of, print_json

PeriodUnit = Literal["year", "month", "week"]

_FIGURES = (
    Column("runs", right=True),
    Column("days", right=True, needed=False),
    Column("distance", right=True),
    Column("time", right=True, needed=False),
    Column("pace", right=True),
    Column("longest", right=True, needed=False),
    Column("climb", right=True, needed=False),
)


def periods(unit: PeriodUnit, *, limit: int | None, units: Units | None, as_json: bool) -> int:
    """Print years, months or weeks with a run, newest first."""
    settings = load_settings()
    with answers_of(settings) as answers:
        found = answers.stats(unit)
    if as_json:
        print_json(found)
        return EXIT_DONE
    out = standard_output()
    shown: Sequence[Period] = found.items if limit is None else found.items[:limit]
    if not shown:
        out.print("There is no run in the record yet.", style="yellow")
        return EXIT_DONE
    shown_in = units or settings.units
    rows = [[item.period, *_cells(item, shown_in)] for item in shown]
    Rows([Column(unit), *_FIGURES], rows).show(out)
    if len(shown) < len(found.items):
        left = counted(len(found.items) - len(shown), f"earlier {unit}")
        out.print(f"and {left}: --limit {len(found.items)} shows them all", style="dim")
    return EXIT_DONE


def trailing(days: int, *, as_of: date | None, units: Units | None, as_json: bool) -> int:
    """Print the days up to and with today."""
    settings = load_settings()
    with answers_of(settings) as answers:
        found = answers.trailing(days, as_of=as_of)
    if as_json:
        print_json(found)
        return EXIT_DONE
    out, shown_in = standard_output(), units or settings.units
    out.print(Text.assemble((counted(days, "day"), "bold"), f", {found.from_} to {found.to}"))
    names = [column.name for column in _FIGURES]
    for name, cell in zip(names, _cells(found, shown_in), strict=True):
        out.print(Text.assemble(f"  {name:<10}", cell))
    return EXIT_DONE


def compare(first: int, second: int, *, as_of: date | None, units: Units | None, as_json: bool) -> int:
    """Print two years side by side, to the same day of the year."""
    settings = load_settings()
    with answers_of(settings) as answers:
        found = answers.compare(first, second, as_of=as_of)
    if as_json:
        print_json(found)
    else:
        _show_comparison(standard_output(), found, units or settings.units)
    return EXIT_DONE


def eddington(*, as_json: bool) -> int:
    """Print the Eddington numbers."""
    with answers_of(load_settings()) as answers:
        found = answers.eddington()
    if as_json:
        print_json(found)
        return EXIT_DONE
    out = standard_output()
    for unit, one in (("km", found.km), ("mi", found.mi)):
        more = f"{counted(one.days_to_next, 'day')} more of at least {one.number + 1} {unit} for {one.number + 1}"
        out.print(
            Text.assemble(
                (f"{one.number:>4}", "bold"),
                f" {unit}   {counted(one.number, 'day')} of at least {one.number} {unit}; {more}",
            )
        )
    return EXIT_DONE


def _cells(figures: Figures, units: Units) -> list[str]:
    return [
        f"{figures.runs:,}",
        f"{figures.days:,}",
        distance(figures.distance_km, units, 1),
        duration(figures.duration_s),
        pace(figures.pace_s_per_km, units),
        distance(figures.longest_run_km, units, 1),
        climb(figures.elevation_gain_m, units),
    ]


def _show_comparison(out: Console, found: Comparison, units: Units) -> None:
    one, other = found.items
    columns = [
        Column(""),
        *(Column(str(year.year), right=True) for year in found.items),
        Column("change", right=True),
    ]
    change = _cells(found.difference, units)
    rows: list[list[str]] = []
    for place, column in enumerate(_FIGURES):
        sign = "+" if not change[place].startswith("-") else ""
        rows.append(
            [column.name, _cells(one, units)[place], _cells(other, units)[place], f"{sign}{change[place]}"]
        )
    Rows([*columns], [["to", f"{one.to:%d %b}", f"{other.to:%d %b}", ""], *rows]).show(out)

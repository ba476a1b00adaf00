"""`myrunstreak calendar`: a year as squares, a column a week, the darker the further."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.instants import utc_now
from myrunstreak.measures import Units, counted, distance
from rich.console import Console
from rich.text import Text

from scripts.commands.command import Json, Minimum, Settings, UnitsOption, command
from scripts.display.answers import print_json
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.models import Calendar, CalendarDay

_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABEL: Final = 4
# Least km of a square, its colour on a terminal and its letter in plain text.
_STEPS: Final = (
    (20.0, "#39d353", "@"),
    (10.0, "#26a641", "#"),
    (5.0, "#1a8f3c", "x"),
    (0.0, "#0e6b32", "o"),
)
_NO_RUN: Final = ("#5a5f66", ".")
_TOO_LITTLE: Final = ("#b58900", "-")
_UNKNOWN: Final = ("#6c71c4", "?")
_LEGEND: Final = (
    ". no run   ? not known yet   - too little   o run day   x from 5 km   # from 10 km   @ from 20 km"
)


@command()
def calendar(
    settings: Settings,
    year: Annotated[int | None, typer.Argument(metavar="[YEAR]", help="Default: this year.")] = None,
    minimum: Minimum = None,
    units: UnitsOption = None,
    as_json: Json = False,
) -> None:
    """Show a year as squares."""
    with open_engine(settings) as engine:
        chosen = year if year is not None else engine.streak().today.year
        answer = engine.calendar(chosen, minimum=minimum)
    if as_json:
        print_json(answer)
    else:
        _show(
            standard_output(), answer, units or settings.units, sunday_first=settings.week_start == "sunday"
        )


def _show(out: Console, calendar: Calendar, units: Units, *, sunday_first: bool) -> None:
    days = [day for day in calendar.days if day.is_run_day]
    total = distance(sum(day.distance_km for day in calendar.days), units, 1)
    out.print(Text.assemble((str(calendar.year), "bold"), f"   {counted(len(days), 'run day')}, {total}"))
    weeks = _weeks(calendar.days, sunday_first=sunday_first)
    names: list[str] = [_NAMES[-1], *_NAMES[:-1]] if sunday_first else [*_NAMES]
    today = utc_now().date() + timedelta(days=1)
    each = 2 if out.is_terminal and out.width >= _LABEL + 2 * len(weeks) else 1
    fitting = max(1, (out.width - _LABEL) // each) if out.is_terminal else len(weeks)
    # A narrow terminal shows the year in parts, one below the other.
    for begin in range(0, len(weeks), fitting):
        _show_part(out, weeks[begin : begin + fitting], names, each, today)
    out.print(_LEGEND if not out.is_terminal else _coloured_legend(), style="" if out.is_terminal else "dim")


def _show_part(
    out: Console, weeks: list[list[CalendarDay | None]], names: list[str], each: int, today: date
) -> None:
    out.print(" " * _LABEL + _months(weeks, each), style="dim")
    for weekday, name in enumerate(names):
        line = Text.assemble((f"{name if weekday % 2 == 0 else '':<{_LABEL}}", "dim"))
        for week in weeks:
            day = week[weekday]
            line.append_text(_square(day, each, on_terminal=out.is_terminal, today=today))
        out.print(line if out.is_terminal else line.plain.rstrip())


def _weeks(days: list[CalendarDay], *, sunday_first: bool) -> list[list[CalendarDay | None]]:
    """The days in columns of seven; None before the first and after the last."""
    lead = (days[0].date.weekday() + (1 if sunday_first else 0)) % 7
    cells: list[CalendarDay | None] = [None] * lead + list(days)
    cells += [None] * (-len(cells) % 7)
    return [cells[place : place + 7] for place in range(0, len(cells), 7)]


def _months(weeks: list[list[CalendarDay | None]], each: int) -> str:
    """Each month's name above the column that its first day is in, where there is room."""
    line = [" "] * (each * len(weeks) + 3)
    free = 0
    for place, week in enumerate(weeks):
        first = next((day for day in week if day and day.date.day == 1), None)
        if first and place * each >= free:
            name = f"{first.date:%b}"
            line[place * each : place * each + 3] = list(name)
            free = place * each + 4
    return "".join(line).rstrip()


def _square(day: CalendarDay | None, each: int, *, on_terminal: bool, today: date) -> Text:
    if day is None or (day.date > today and not day.runs):
        return Text(" " * each)
    colour, letter = _look(day)
    return Text(("■" if on_terminal else letter).ljust(each), colour)


def _look(day: CalendarDay) -> tuple[str, str]:
    if day.state == "unknown":
        return _UNKNOWN
    if not day.runs:
        return _NO_RUN
    if not day.is_run_day:
        return _TOO_LITTLE
    return next((colour, letter) for least, colour, letter in _STEPS if day.distance_km >= least)


def _coloured_legend() -> Text:
    legend = Text("    ")
    for colour, words in (
        (_NO_RUN[0], "no run"),
        (_UNKNOWN[0], "not known yet"),
        *((colour, f"from {least:.0f} km" if least else "run day") for least, colour, _ in reversed(_STEPS)),
    ):
        legend.append("■ ", colour).append(f"{words}  ", "dim")
    return legend

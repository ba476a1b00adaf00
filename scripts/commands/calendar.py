"""`myrunstreak calendar`: a year as squares, a column a week, the darker the further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.contract.units import KM_OF
from myrunstreak.instants import utc_now
from myrunstreak.measures import Units, counted, distance
from rich.text import Text

from scripts.commands.command import Json, Minimum, Settings, command
from scripts.display.answers import print_json
from scripts.display.screen import Screen
from scripts.display.terminal import standard_output
from scripts.display.wrapping import NO_BREAK
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.models import Calendar, CalendarDay

_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABEL: Final = 4
# As many gaps of a year are listed by their dates.
_MOST_DAYS_OFF: Final = 30


@dataclass(frozen=True)
class _Look:
    """How a day looks.

    Attributes:
        words: what the legend says of it.
        letter: where colours are not seen.
        shape: on a terminal with colours, where every state but a run day has a shape of its own too.
        colour: the colour of that shape.
    """

    words: str
    letter: str
    shape: str
    colour: str


_NO_RUN: Final = _Look("no run", ".", "·", "#5a5f66")
_UNKNOWN: Final = _Look("not known yet", "?", "?", "#6c71c4")
_TOO_LITTLE: Final = _Look("too little", "-", "□", "#b58900")
# Least distance of a run day's looks, in the unit that is shown, and their letters and colours.
_STEPS: Final[dict[Units, tuple[int, ...]]] = {"km": (0, 5, 10, 20), "mi": (0, 3, 6, 12)}
_DEGREES: Final = (("o", "#0e6b32"), ("x", "#1a8f3c"), ("#", "#26a641"), ("@", "#39d353"))


@command(
    examples=(
        "myrunstreak calendar",
        "myrunstreak calendar 2024",
        "myrunstreak calendar 2024 --min 5km",
    ),
    units=True,
    long=True,
)
def calendar(
    settings: Settings,
    year: Annotated[int | None, typer.Argument(metavar="[YEAR]", help="Default: this year.")] = None,
    minimum: Minimum = None,
    letters: Annotated[
        bool, typer.Option("--letters", help="Letters, which can be read aloud, not squares.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a year as squares, and its days off."""
    with open_engine(settings) as engine:
        chosen = year if year is not None else engine.today().year
        answer = engine.calendar(chosen, minimum=minimum)
    if as_json:
        print_json(answer)
    else:
        canvas = _Canvas(standard_output(), settings.units, in_letters=letters)
        canvas.show(answer, sunday_first=settings.week_start == "sunday", days_off=_days_off(answer, minimum))


class _Canvas:
    """A year drawn on a console: coloured shapes where they are seen, letters everywhere else."""

    def __init__(self, out: Screen, units: Units, *, in_letters: bool) -> None:
        self._out = out
        self._units: Units = units
        self._in_letters = in_letters or not out.has_colour or out.ascii_only
        self._run_days = [
            (step * KM_OF[units], _Look(f"from {step} {units}" if step else "run day", letter, "■", colour))
            for step, (letter, colour) in zip(_STEPS[units], _DEGREES, strict=True)
        ]

    def show(self, calendar: Calendar, *, sunday_first: bool, days_off: str) -> None:
        """Print it; a narrow terminal shows the year in parts, one below the other."""
        out = self._out
        days = [day for day in calendar.days if day.is_run_day]
        total = distance(sum(day.distance_km for day in calendar.days), self._units, 1)
        out.print(Text.assemble((str(calendar.year), "bold"), f"   {counted(len(days), 'run day')}, {total}"))
        weeks = _weeks(calendar.days, sunday_first=sunday_first)
        names: list[str] = [_NAMES[-1], *_NAMES[:-1]] if sunday_first else [*_NAMES]
        each = 2 if out.is_terminal and out.width >= _LABEL + 2 * len(weeks) else 1
        fitting = max(1, (out.width - _LABEL) // each) if out.is_terminal else len(weeks)
        for begin in range(0, len(weeks), fitting):
            self._show_part(weeks[begin : begin + fitting], names, each)
        if days:
            self._out.print(days_off if self._out.is_terminal else days_off.replace(NO_BREAK, " "))
        self._show_legend()

    def _show_part(self, weeks: list[list[CalendarDay | None]], names: list[str], each: int) -> None:
        months = " " * _LABEL + _months(weeks, each)
        self._out.print(months[: self._out.width] if self._out.is_terminal else months, style="dim")
        today = utc_now().date() + timedelta(days=1)
        for weekday, name in enumerate(names):
            line = Text.assemble((f"{name if weekday % 2 == 0 else '':<{_LABEL}}", "dim"))
            for week in weeks:
                line.append_text(self._cell(week[weekday], each, today))
            line.rstrip()
            self._out.print(line)

    def _cell(self, day: CalendarDay | None, each: int, today: date) -> Text:
        if day is None or (day.date > today and not day.runs):
            return Text(" " * each)
        return self._sign(self._look(day), each)

    def _sign(self, look: _Look, cells: int) -> Text:
        if self._in_letters:
            return Text(look.letter.ljust(cells))
        return Text(look.shape.ljust(cells), look.colour)

    def _look(self, day: CalendarDay) -> _Look:
        if day.state == "unknown":
            return _UNKNOWN
        if not day.runs:
            return _NO_RUN
        if not day.is_run_day:
            return _TOO_LITTLE
        return next(look for least, look in reversed(self._run_days) if day.distance_km >= least)

    def _show_legend(self) -> None:
        looks = [_NO_RUN, _UNKNOWN, _TOO_LITTLE, *(look for _, look in self._run_days)]
        signs = [
            Text.assemble(self._sign(look, 1), NO_BREAK, (look.words.replace(" ", NO_BREAK), "dim"))
            for look in looks
        ]
        self._out.print(Text("   ").join(signs))


def _days_off(calendar: Calendar, minimum: str | None) -> str:
    """``5 days off: 3 Jan, 17-19 Feb, 31 Mar-1 Apr``; where they are many, what lists them."""
    if not calendar.missed:
        return "no day off"
    count = f"{counted(calendar.missed, 'day')} off"
    if len(calendar.days_off) > _MOST_DAYS_OFF:
        year, rule = calendar.year, f" --min {minimum}" if minimum else ""
        return f"{count}: `myrunstreak gaps --from {year}-01-01 --to {year}-12-31{rule}` lists them"
    return f"{count}: {', '.join(_span(gap.start_date, gap.end_date) for gap in calendar.days_off)}"


def _span(first: date, last: date) -> str:
    end = f"{last.day} {last:%b}"
    if first != last:
        end = f"{first.day}-{end}" if first.month == last.month else f"{first.day} {first:%b}-{end}"
    return end.replace(" ", NO_BREAK)


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

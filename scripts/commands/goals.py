"""`myrunstreak goals`: how far the year and the month are, and what each day left needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.measures import Units, counted, distance
from rich.console import Console

from scripts.commands.command import AsOf, Json, Settings, command
from scripts.display.answers import print_json
from scripts.display.labelled import show_labelled
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.goal_models import Goal, Goals

_LABEL: Final = 12


@command(
    examples=(
        "myrunstreak goals",
        "myrunstreak goals --year 2000 --month 150",
        "myrunstreak goals --year 1200mi --as-of 2024-06-30",
    ),
    units=True,
)
def goals(
    settings: Settings,
    year: Annotated[
        str | None,
        typer.Option("--year", metavar="DISTANCE", help="The year's goal: 2000, 1200mi; default: GOAL_YEAR."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option("--month", metavar="DISTANCE", help="The month's goal: 150, 90mi; default: GOAL_MONTH."),
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show how far the year and the month are, and what each day needs.

    Without a goal, the total of the year or month before is the goal.
    """
    with open_engine(settings) as engine:
        answer = engine.goals(goal_year=year, goal_month=month, as_of=as_of)
    if as_json:
        print_json(answer)
        return
    out = standard_output()
    for number, goal in enumerate(answer.items):
        if number:
            out.print()
        _show(out, answer, goal, settings.units)
    if answer.as_of != answer.today:
        out.print(
            f"as of {answer.as_of}: runs since then are not in it; `myrunstreak sync` fetches them",
            style="yellow",
        )


def _show(out: Console, answer: Goals, goal: Goal, units: Units) -> None:
    def line(label: str, text: str, style: str = "") -> None:
        show_labelled(out, label, text, style, width=_LABEL)

    def far(km: float | None) -> str:
        return distance(km, units, 1)

    name = str(goal.start_date.year) if goal.period == "year" else f"{goal.start_date:%b %Y}"
    if goal.goal_km is None:
        line(name, f"no goal: set one with --{goal.period} or {_setting(goal)}", "bold")
        line("So far", far(goal.done_km))
        return
    line(name, f"{far(goal.goal_km)}{_source(goal)}", "bold")
    percent = 100 * goal.done_km / goal.goal_km
    line("So far", f"{far(goal.done_km)}, {percent:.0f} %; {goal.days_gone} of {goal.days} days are gone")
    if goal.reached_on:
        line("Reached", f"on {goal.reached_on}", "green")
    elif goal.ahead_km is not None:
        side, style = ("ahead of", "green") if goal.ahead_km >= 0 else ("behind", "yellow")
        lead = far(abs(goal.ahead_km))
        stand = "on it" if lead == far(0.0) else f"{lead} {side} it"
        line("Even line", f"{far(goal.even_km)}: you are {stand}", style)
        line("To go", _needed(goal, answer, units))
    if goal.projected_km is not None and goal.days_gone < goal.days:
        recent = f"{far(goal.projected_recent_km)} at that of the last 30 days"
        line("Heading for", f"{far(goal.projected_km)} at the average so far, {recent}")


def _needed(goal: Goal, answer: Goals, units: Units) -> str:
    missing = distance((goal.goal_km or 0.0) - goal.done_km, units, 1)
    if goal.needed_km_per_day is None:
        return f"{missing}, and no day is left"
    # Only a day of today's own is left open by it.
    today = ", today included" if (goal.end_date - answer.today).days + 1 == goal.days_left else ""
    each = distance(goal.needed_km_per_day, units)
    return f"{missing}: {each} on each of {counted(goal.days_left, 'day')} left{today}"


def _source(goal: Goal) -> str:
    match goal.source:
        case "asked":
            return ""
        case "setting":
            return f" ({_setting(goal)})"
        case "previous":
            return f" (as far as the {goal.period} before; set your own with --{goal.period} or {_setting(goal)})"


def _setting(goal: Goal) -> str:
    return f"GOAL_{goal.period.upper()}"

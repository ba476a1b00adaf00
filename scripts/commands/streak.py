"""`myrunstreak streak`: how long it is, whether it is safe today, the longest ones, and why a day counted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from myrunstreak.measures import Units, counted, distance, duration, enough, exact, time_left
from rich.console import Console
from rich.text import Text

from scripts.commands.command import (
    AsOf,
    Json,
    Minimum,
    Settings,
    at_most_one,
    command,
    day_option,
)
from scripts.display.answers import print_json
from scripts.display.labelled import show_labelled
from scripts.display.streaks import STATE_STYLES, STATE_WORDS, show_zone_advice, stale_words
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.models import Day, EndedStreak, ListedStreak, StreakAnswer

_SHOWN = 10
_LABEL = 10
_VERDICTS = {"run_day": "a run day", "no_run_day": "no run day", "unknown": "not known yet"}


@command(
    examples=(
        "myrunstreak streak",
        "myrunstreak streak --explain yesterday",
        "myrunstreak streak --min mile --as-of 2024-12-31",
    ),
    units=True,
    long=True,
)
def streak(
    settings: Settings,
    minimum: Minimum = None,
    as_of: AsOf = None,
    explain: Annotated[date | None, day_option(help="Show what counted on that day, and why.")] = None,
    recent: Annotated[
        bool, typer.Option("--recent", help="List the newest streaks, not the longest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show your streak, whether it is safe today, and the longest."""
    at_most_one(explain=explain, as_of=as_of, recent=recent)
    out, shown_in = standard_output(), settings.units
    with open_engine(settings) as engine:
        if explain:
            day = engine.day(explain, minimum=minimum)
            print_json(day) if as_json else _show_day(out, day, shown_in)
            return
        answer = engine.streak(minimum=minimum, as_of=as_of)
        if as_json:
            print_json(answer)
            return
        _show(out, answer, shown_in, past=as_of is not None)
        if as_of is None:
            order = "newest" if recent else "longest"
            goes_on = "not known" if answer.state == "unknown" else "goes on"
            items = engine.streaks(minimum=minimum, sort=order, limit=_SHOWN).items
            _show_longest(out, items, shown_in, goes_on)
            show_zone_advice(out, answer.timezone, is_set=answer.timezone_is_set)


def _show(out: Console, streak: StreakAnswer, units: Units, *, past: bool) -> None:
    style, current = STATE_STYLES[streak.state], streak.current
    if streak.state == "unknown":
        _line(out, "Streak", (stale_words(streak), f"bold {style}"))
    else:
        _show_length(out, streak, past=past)
    if current:
        runs = f"{counted(current.runs, 'run')}, {distance(current.distance_km, units, 1)}"
        _line(out, "", (f"since {current.start_date}: {runs}", ""))
    if streak.state == "unknown":
        _line(out, "", ("`myrunstreak sync` fetches what was run since", "dim"))
    elif streak.state != "done_today" and not past:
        _line(out, "Today", (_needed(streak, units), style))
    if streak.minimum_km:
        _line(out, "A day", (f"counts when its runs add up to {exact(streak.minimum_km, units)}", "dim"))
    if streak.longest:
        longest = streak.longest
        span = f"{counted(longest.length_days, 'day')}, {longest.start_date} to {longest.end_date}"
        _line(out, "Longest", (span, ""))
    elif not current:
        _line(out, "", ("no run day yet", "dim"))
    if streak.previous:
        _line(out, "Before", (_ending(streak.previous), ""))
    if streak.waiting:
        days = ", ".join(map(str, streak.waiting))
        _line(
            out,
            "Waiting",
            (f"records of {days} are in quarantine: see `myrunstreak quarantine list`", "yellow"),
        )


def _ending(streak: EndedStreak) -> str:
    """``412 days, 2023-12-20 to 2025-02-03; ended by Tue, 4 Feb 2025: No run on this day.``"""
    span = f"{counted(streak.length_days, 'day')}, {streak.start_date} to {streak.end_date}"
    return f"{span}; ended by {streak.ended_by:%a} {streak.ended_by}: {streak.reason}"


def _show_length(out: Console, streak: StreakAnswer, *, past: bool) -> None:
    style, current = STATE_STYLES[streak.state], streak.current
    when = f"on {streak.today}" if past else "today"
    length = counted(current.length_days, "day") if current else "0 days"
    words = STATE_WORDS[streak.state] if not past else streak.state.replace("_", " ").replace("today", when)
    _line(out, "Streak", (length, f"bold {style}"), (f"  {words}", style))


def _needed(streak: StreakAnswer, units: Units) -> str:
    what = enough(streak.needed_today_km, units) if streak.needed_today_km else "any run"
    keeps = "keeps the streak" if streak.current else "starts a new one"
    return f"{what} {keeps}; {time_left(streak.seconds_left_today)} left"


def _show_longest(out: Console, items: list[ListedStreak], units: Units, goes_on: str) -> None:
    if not items:
        return

    def end(item: ListedStreak) -> str:
        if item.is_current:
            return goes_on
        return "" if item.break_days is None else f"{counted(item.break_days, 'day')} off"

    out.print()
    Rows.of(
        items,
        (Column("days", right=True), lambda item: f"{item.length_days:,}"),
        (Column("from"), lambda item: str(item.start_date)),
        (Column("to"), lambda item: str(item.end_date)),
        (Column("runs", right=True, needed=False), lambda item: f"{item.runs:,}"),
        (Column("distance", right=True, needed=False), lambda item: distance(item.distance_km, units, 1)),
        (Column("ended by"), end),
        style=lambda item: "green" if item.is_current else "",
    ).show(out)


def _show_day(out: Console, day: Day, units: Units) -> None:
    style = "green" if day.is_run_day else "yellow"
    verdict = _VERDICTS[day.state]
    _line(out, str(day.date), (f"  {verdict}, {distance(day.distance_km, units)}", f"bold {style}"))
    out.print(Text(day.reason, style))
    if day.runs:
        out.print()
        Rows.of(
            day.runs,
            (Column("run"), lambda run: str(run.activity_id)),
            (Column("start"), lambda run: run.start_local.replace("T", " ")[:16]),
            (Column("distance", right=True), lambda run: distance(run.distance_km, units, 5)),
            (Column("time", right=True, needed=False), lambda run: duration(run.duration_s)),
            (Column("type", needed=False), lambda run: run.activity_type or ""),
            (Column("counts"), lambda run: "yes" if run.counts else "no"),
        ).show(out)


def _line(out: Console, label: str, *parts: tuple[str, str]) -> None:
    show_labelled(out, label, Text.assemble(*parts), width=_LABEL)

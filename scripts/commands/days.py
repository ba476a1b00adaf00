"""`myrunstreak days`: every day of a range, those without a run too, for a chart or a spreadsheet."""

from __future__ import annotations

from typing import Final

from myrunstreak.measures import distance, duration, pace

from scripts.commands.command import (
    Csv,
    First,
    Json,
    Last,
    Minimum,
    Settings,
    at_most_one,
    command,
)
from scripts.display.answers import print_csv, print_json
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

_WORDS: Final = {"run_day": "yes", "no_run_day": "no", "unknown": "not known yet"}


@command(
    examples=(
        "myrunstreak days --from 2024-01-01 --to 2024-01-31",
        "myrunstreak days --from monday",
        "myrunstreak days --from 2024-01-01 --csv > days.csv",
    ),
    units=True,
    long=True,
)
def days(
    settings: Settings,
    since: First = None,
    until: Last = None,
    minimum: Minimum = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List every day of a range, with or without runs. Default: the last year."""
    from myrunstreak.analytics.models import DayFigures

    at_most_one(json=as_json, csv=as_csv)
    with open_engine(settings) as engine:
        answer = engine.days(since=since, until=until, minimum=minimum)
    if as_json:
        print_json(answer)
        return
    if as_csv:
        print_csv(answer.items, DayFigures)
        return
    shown_in = settings.units
    Rows.of(
        answer.items,
        (Column("day"), lambda day: str(day.date)),
        (Column("runs", right=True), lambda day: str(day.runs)),
        (Column("distance", right=True), lambda day: distance(day.distance_km, shown_in)),
        (Column("time", right=True), lambda day: duration(day.duration_s)),
        (Column("pace", right=True), lambda day: pace(day.pace_s_per_km, shown_in)),
        (Column("run day"), lambda day: _WORDS[day.state]),
    ).show(standard_output())

"""`myrunstreak days`: every day of a range, those without a run too, for a chart or a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Final

from myrunstreak.analytics.models import DayFigures

from scripts.display.measures import Units, distance, duration, pace
from scripts.display.tables import Column, Rows
from scripts.display.terminal import EXIT_DONE, standard_output
from scripts.local_settings import load_settings
from scripts.record.reading import answers_of, print_csv, print_json

_WORDS: Final = {"run_day": "yes", "no_run_day": "no", "unknown": "not known yet"}


def run(
    since: date | None,
    until: date | None,
    *,
    minimum: str | None,
    units: Units | None,
    as_json: bool,
    as_csv: bool,
) -> int:
    """Print the days."""
    settings = load_settings()
    with answers_of(settings) as answers:
        found = answers.days(since=since, until=until, minimum=minimum)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(found.items, DayFigures)
    else:
        shown_in = units or settings.units
        rows = [
            [
                str(one.date),
                str(one.runs),
                distance(one.distance_km, shown_in),
                duration(one.duration_s),
                pace(one.pace_s_per_km, shown_in),
                _WORDS[one.state],
            ]
            for one in found.items
        ]
        names = ("runs", "distance", "time", "pace")
        columns = [Column("day"), *(Column(name, right=True) for name in names), Column("run day")]
        Rows(columns, rows).show(standard_output())
    return EXIT_DONE

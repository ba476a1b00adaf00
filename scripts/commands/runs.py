"""`myrunstreak runs`: the runs that fit, in an order, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from myrunstreak.analytics.engine import RunOrder
from myrunstreak.analytics.models import Run

from scripts.display.measures import NOTHING, Units, climb, distance, duration, pace
from scripts.display.tables import Column, Rows
from scripts.display.terminal import EXIT_DONE, plain, standard_output
from scripts.local_settings import load_settings
from scripts.record.reading import answers_of, print_csv, print_json


@dataclass(frozen=True)
class Chosen:
    """Which runs, in which order."""

    since: date | None
    until: date | None
    min_km: float | None
    max_km: float | None
    race: bool | None
    treadmill: bool | None
    types: str | None
    sort: RunOrder
    limit: int | None
    cursor: str | None


def run(chosen: Chosen, *, units: Units | None, as_json: bool, as_csv: bool = False) -> int:
    """Print a page of runs, or all where the limit is None."""
    settings = load_settings()
    with answers_of(settings) as answers:
        found = answers.runs(
            since=chosen.since,
            until=chosen.until,
            min_km=chosen.min_km,
            max_km=chosen.max_km,
            race=chosen.race,
            treadmill=chosen.treadmill,
            types=chosen.types,
            sort=chosen.sort,
            limit=chosen.limit,
            cursor=chosen.cursor,
        )
    if as_json:
        print_json(found)
        return EXIT_DONE
    if as_csv:
        print_csv(found.items, Run)
        return EXIT_DONE
    out, shown_in = standard_output(), units or settings.units
    if not found.items:
        out.print("No run fits.", style="yellow")
        return EXIT_DONE
    rows = [
        [
            one.start_local.replace("T", " ")[:16],
            distance(one.distance_km, shown_in),
            duration(one.duration_s),
            pace(one.pace_s_per_km, shown_in),
            NOTHING if one.heart_rate_avg is None else f"{one.heart_rate_avg:.0f}",
            climb(one.elevation_gain_m, shown_in),
            _kind(one),
            str(one.activity_id),
        ]
        for one in found.items
    ]
    columns = [
        Column("start"),
        Column("distance", right=True),
        Column("time", right=True),
        Column("pace", right=True),
        Column("heart", right=True, needed=False),
        Column("climb", right=True, needed=False),
        Column("kind", needed=False),
        Column("run", right=True, needed=False),
    ]
    Rows(columns, rows).show(out)
    if found.next_cursor:
        out.print(f"there are more: --cursor {found.next_cursor}", style="dim")
    return EXIT_DONE


def _kind(one: Run) -> str:
    """What is not plain running about a run."""
    label = one.activity_type or "running"
    kinds = [plain(label)] if label.lower() != "running" else []
    kinds += ["race"] if one.is_race else []
    kinds += ["treadmill"] if one.is_treadmill else []
    return ", ".join(kinds)

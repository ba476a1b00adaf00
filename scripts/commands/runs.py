"""`myrunstreak runs`: runs, filtered and sorted, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer
from myrunstreak.measures import NOTHING, climb, distance, duration, pace

from scripts.commands.command import (
    Csv,
    Cursor,
    First,
    Json,
    Last,
    Limit,
    Settings,
    at_most_one,
    command,
    distance_option,
    read_limit,
)
from scripts.display.answers import print_csv, print_json
from scripts.display.tables import Column, Rows
from scripts.display.terminal import plain, standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.engine import RunOrder
    from myrunstreak.analytics.run_models import Run


@command(
    examples=(
        "myrunstreak runs --from monday",
        "myrunstreak runs --min-distance half --sort -distance",
        "myrunstreak runs --race --csv > races.csv",
    ),
    units=True,
    long=True,
)
def runs(
    settings: Settings,
    since: First = None,
    until: Last = None,
    min_km: Annotated[
        float | None, distance_option("--min-distance", "--min-km", help="At least this far: 5km, 3mi, half.")
    ] = None,
    max_km: Annotated[
        float | None, distance_option("--max-distance", "--max-km", help="At most this far.")
    ] = None,
    race: Annotated[bool | None, typer.Option("--race/--no-race", help="Only races, or no races.")] = None,
    treadmill: Annotated[
        bool | None,
        typer.Option("--treadmill/--no-treadmill", help="Only on a treadmill, or only elsewhere."),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPES", help="Only these activity types, such as walking."),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="ORDER", help="start, distance, duration or pace; with a minus, descending: -start."
        ),
    ] = "-start",
    limit: Limit = None,
    cursor: Cursor = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List runs, filtered and sorted, a page at a time."""
    from myrunstreak.analytics.run_models import Run

    at_most_one(json=as_json, csv=as_csv)
    with open_engine(settings) as engine:
        answer = engine.runs(
            since=since,
            until=until,
            min_km=min_km,
            max_km=max_km,
            race=race,
            treadmill=treadmill,
            types=types,
            sort=cast("RunOrder", sort),
            limit=read_limit(limit or ("all" if as_csv else "20")),
            cursor=cursor,
        )
    if as_json:
        print_json(answer)
        return
    if as_csv:
        print_csv(answer.items, Run)
        return
    out, shown_in = standard_output(), settings.units
    if not answer.items:
        out.print("No runs match.", style="yellow")
        return
    Rows.of(
        answer.items,
        (Column("start"), lambda run: run.start_local.replace("T", " ")[:16]),
        (Column("distance", right=True), lambda run: distance(run.distance_km, shown_in)),
        (Column("time", right=True), lambda run: duration(run.duration_s)),
        (Column("pace", right=True), lambda run: pace(run.pace_s_per_km, shown_in)),
        (Column("heart", right=True, needed=False), _heart_rate),
        (Column("climb", right=True, needed=False), lambda run: climb(run.elevation_gain_m, shown_in)),
        (Column("kind", needed=False), _kind),
        (Column("run", right=True, needed=False), lambda run: str(run.activity_id)),
    ).show(out)
    if answer.next_cursor:
        out.print(f"there are more: --cursor {answer.next_cursor}", style="dim")


def _heart_rate(run: Run) -> str:
    return NOTHING if run.heart_rate_avg is None else f"{run.heart_rate_avg:.0f}"


def _kind(run: Run) -> str:
    """What sets a run apart from plain running."""
    label = run.activity_type or "running"
    kinds = [plain(label)] if label.lower() != "running" else []
    kinds += ["race"] if run.is_race else []
    kinds += ["treadmill"] if run.is_treadmill else []
    return ", ".join(kinds)

"""The words of the commands that tell numbers, from streak to export; each command's work is in its own module."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from myrunstreak.analytics.engine import RunOrder

from scripts.display.terminal import exit_code_of

Json = Annotated[bool, typer.Option("--json", help="Print the API's answer and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from, and the log.")]
Units = Annotated[
    Literal["km", "mi"] | None, typer.Option("--units", help="km or mi; the setting UNITS unless given.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV and nothing else.")]
First = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day.")
]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The last day.")
]
Minimum = Annotated[
    str | None,
    typer.Option("--min", metavar="MIN", help="What a day needs: any, mile, 1km, 5km or a number of km."),
]


AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="As it stood at the end of that day."),
]


def add_commands(app: typer.Typer) -> None:
    """Put the commands into the program."""
    for command in (streak, layers, stats, compare, eddington, records, days, calendar, runs, export):
        app.command()(command)


def streak(
    minimum: Minimum = None,
    as_of: AsOf = None,
    explain: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Show what counted on that day, and why."),
    ] = None,
    units: Units = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the streak, whether it is safe today, and the longest ones."""

    def work() -> int:
        from scripts.commands import streak as cli_streak

        return cli_streak.run(
            minimum=minimum, as_of=_date(as_of), explain=_date(explain), units=units, as_json=as_json
        )

    _end(work, debug)


def layers(
    explain: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Show what each makes of that day."),
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show streaks of your own definition, one inside the other (docs/streak-definitions.md)."""

    def work() -> int:
        from scripts.commands import layers as cli_layers

        return cli_layers.run(explain=_date(explain), as_of=_date(as_of), as_json=as_json)

    _end(work, debug)


def stats(
    year: Annotated[
        bool, typer.Option("--year", help="By year; what is shown unless told otherwise.")
    ] = False,
    month: Annotated[bool, typer.Option("--month", help="By month.")] = False,
    week: Annotated[bool, typer.Option("--week", help="By week.")] = False,
    trailing: Annotated[
        int | None, typer.Option("--trailing", metavar="DAYS", help="The days up to and with today.")
    ] = None,
    as_of: AsOf = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="Show so many; --json has them all.")
    ] = 24,
    units: Units = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what years, months, weeks or the last days add up to."""
    if sum((year, month, week, trailing is not None)) > 1:
        raise typer.BadParameter("choose one of --year, --month, --week and --trailing")
    if as_of is not None and trailing is None:
        raise typer.BadParameter("--as-of goes with --trailing")

    def work() -> int:
        from scripts.commands import stats as cli_stats

        if trailing is not None:
            return cli_stats.trailing(trailing, as_of=_date(as_of), units=units, as_json=as_json)
        unit: Literal["year", "month", "week"] = "month" if month else "week" if week else "year"
        return cli_stats.periods(unit, limit=limit, units=units, as_json=as_json)

    _end(work, debug)


def compare(
    first: Annotated[int, typer.Argument(metavar="YEAR")],
    second: Annotated[int, typer.Argument(metavar="YEAR")],
    as_of: AsOf = None,
    units: Units = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show two years side by side, to the same day of the year."""

    def work() -> int:
        from scripts.commands import stats as cli_stats

        return cli_stats.compare(first, second, as_of=_date(as_of), units=units, as_json=as_json)

    _end(work, debug)


def eddington(as_json: Json = False, debug: Debug = False) -> None:
    """Show the Eddington numbers: E days of at least E km, or miles."""

    def work() -> int:
        from scripts.commands import stats as cli_stats

        return cli_stats.eddington(as_json=as_json)

    _end(work, debug)


def records(
    distance: Annotated[
        str | None,
        typer.Option("--distance", metavar="D", help="The best efforts over one distance, such as 5km."),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Show earlier holders.")] = False,
    minimum: Minimum = None,
    units: Units = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the longest, biggest and fastest, and who held the records before."""

    def work() -> int:
        from scripts.commands import records as cli_records

        return cli_records.run(
            minimum=minimum, of_distance=distance, history=history, units=units, as_json=as_json
        )

    _end(work, debug)


def days(
    since: First = None,
    until: Last = None,
    minimum: Minimum = None,
    units: Units = None,
    as_json: Json = False,
    as_csv: Csv = False,
    debug: Debug = False,
) -> None:
    """Show every day of a range, those without a run too; the last year unless told."""
    _choose_one(as_json, as_csv)

    def work() -> int:
        from scripts.commands import days as cli_days

        return cli_days.run(
            _date(since), _date(until), minimum=minimum, units=units, as_json=as_json, as_csv=as_csv
        )

    _end(work, debug)


def calendar(
    year: Annotated[int | None, typer.Argument(metavar="[YEAR]", help="This year unless given.")] = None,
    minimum: Minimum = None,
    units: Units = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show a year as squares."""

    def work() -> int:
        from scripts.commands import calendar as cli_calendar

        return cli_calendar.run(year, minimum=minimum, units=units, as_json=as_json)

    _end(work, debug)


def runs(
    since: First = None,
    until: Last = None,
    min_km: Annotated[float | None, typer.Option("--min-km", metavar="KM", help="At least so far.")] = None,
    max_km: Annotated[float | None, typer.Option("--max-km", metavar="KM", help="At most so far.")] = None,
    race: Annotated[bool | None, typer.Option("--race/--no-race", help="Only races, or only others.")] = None,
    treadmill: Annotated[
        bool | None,
        typer.Option("--treadmill/--no-treadmill", help="Only on a treadmill, or only elsewhere."),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPES", help="Only these kinds of activities, such as walking."),
    ] = None,
    sort: Annotated[RunOrder, typer.Option("--sort", help="The order; with a minus descending.")] = "-start",
    limit: Annotated[
        str | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="Runs of a page, at most 1000, or all; 20 unless given, with --csv all.",
        ),
    ] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Where the page before ended.")] = None,
    units: Units = None,
    as_json: Json = False,
    as_csv: Csv = False,
    debug: Debug = False,
) -> None:
    """Show runs: filtered, sorted, a page at a time."""
    _choose_one(as_json, as_csv)
    rows = _rows(limit, 20 if not as_csv else None)

    def work() -> int:
        from scripts.commands import runs as cli_runs

        chosen = cli_runs.Chosen(
            _date(since), _date(until), min_km, max_km, race, treadmill, types, sort, rows, cursor
        )
        return cli_runs.run(chosen, units=units, as_json=as_json, as_csv=as_csv)

    _end(work, debug)


def export(
    format_name: Annotated[
        Literal["csv", "ndjson", "parquet", "geojson"], typer.Option("--format", help="The form of the file.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where it goes; standard output unless given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    bom: Annotated[
        bool, typer.Option("--bom", "--excel", help="Mark a CSV file as UTF-8 for Excel.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Write every run into a file of another kind."""

    def work() -> int:
        from scripts.commands import export as cli_export

        return cli_export.run(format_name, to=to, force=force, bom=bom)

    _end(work, debug, interrupted="Stopped. No file was written.")


def _choose_one(as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")


def _rows(limit: str | None, otherwise: int | None) -> int | None:
    """The items of a page; None: all."""
    if limit is None:
        return otherwise
    if limit == "all":
        return None
    if not limit.isdecimal():
        raise typer.BadParameter(f"--limit is {limit!r}; accepted: a whole number from 1 to 1000, or all")
    return int(limit)


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _end(work: Callable[[], int], debug: bool, *, interrupted: str = "Stopped.") -> None:
    raise typer.Exit(exit_code_of(work, debug=debug, interrupted=interrupted))

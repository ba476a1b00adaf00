"""`myrunstreak export`: runs as a table, a workbook, tracks or a calendar, for other programs."""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import Annotated, Any, Final, Literal

import typer
from myrunstreak.errors import InvalidQuestion, InvalidSettings
from myrunstreak.measures import counted
from rich.progress import Progress

from scripts.commands.command import Bom, First, Settings, command, read_day
from scripts.display.terminal import data_output, size_text, standard_error
from scripts.usage.days import RelativeDay

_LIKE_A_DAY: Final = re.compile(r"[0-9]+([-/.][0-9]+)*")
# Formats that have columns.
_TABLES: Final = ("csv", "ndjson", "parquet", "geojson", "xlsx")


def _read_day_or_place(text: str) -> date | RelativeDay | str:
    """What reads as a day is one, and `./today` is a file."""
    if _LIKE_A_DAY.fullmatch(text):
        return read_day(text)
    try:
        return read_day(text)
    except typer.BadParameter:
        return text


@command(
    examples=(
        "myrunstreak export --to runs.xlsx --year 2024",
        "myrunstreak export --from monday --to today --format csv",
        "myrunstreak export --format geojson > tracks.geojson",
    ),
    interrupted="Stopped. No file was written.",
)
def export(
    settings: Settings,
    format_name: Annotated[
        Literal["csv", "ndjson", "parquet", "geojson", "xlsx", "gpx", "ics"] | None,
        typer.Option("--format", help="The format; default: what the name of the file ends with."),
    ] = None,
    since: First = None,
    to: Annotated[
        list[Any] | None,
        typer.Option(
            "--to",
            parser=_read_day_or_place,
            metavar="FILE|DATE",
            help="The file, a folder for gpx, or the last day; may be given twice. Default: standard output.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="The file, where --to is the last day."),
    ] = None,
    year: Annotated[int | None, typer.Option("--year", metavar="YEAR", help="Only this year.")] = None,
    types: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPES", help="Only these activity types, such as walking."),
    ] = None,
    race: Annotated[bool | None, typer.Option("--race/--no-race", help="Only races, or no races.")] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="NAMES", help="These columns, in this order, with commas between."),
    ] = None,
    units: Annotated[
        Literal["km", "mi"] | None,
        typer.Option("--units", help="For ics: km or mi; default: the setting UNITS."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    bom: Bom = False,
) -> None:
    """Write runs for another program: as a table, tracks or a calendar.

    The formats are csv, ndjson, parquet, xlsx, geojson, gpx and ics.
    """
    from scripts.export.destination import choose_destination
    from scripts.export.selection import Selection, choose_columns
    from scripts.export.source import Source
    from scripts.export.writing import write
    from scripts.record.reading import open_reading

    days = [one for one in to or () if isinstance(one, date)]
    places = [one for one in (*(to or ()), out) if isinstance(one, str)]
    if len(days) > 1 or len(places) > 1:
        raise InvalidQuestion("Name one file and one last day at most: --to FILE --to DATE.")
    selection = Selection.of(since=since, until=days[0] if days else None, year=year, types=types, race=race)
    destination = choose_destination(places[0] if places else None, format_name, force=force)
    _check_options(destination.format_name, columns=columns, units=units, bom=bom)
    errors = standard_error()
    is_mixed = destination.place is None and sys.stdout.isatty()
    with open_reading(settings, external_access=True) as reading:
        connection = reading.connection
        chosen = None if columns is None else tuple(choose_columns(columns, connection))
        total = selection.count(connection)
        with Progress(console=errors, transient=True, disable=is_mixed or not errors.is_terminal) as progress:
            task = progress.add_task("Writing the runs", total=total)
            source = Source(
                connection,
                settings,
                selection,
                chosen,
                lambda count: progress.update(task, advance=count),
                reading.freshness.data_as_of,
            )
            written = write(
                destination,
                source,
                standard_output=data_output(),
                units=units or settings.units,
                bom=bom,
                force=force,
                warn=lambda line: errors.print(line, style="yellow"),
            )
    if not total:
        errors.print("No runs match.", style="yellow")
    elif written < total:
        errors.print(f"Without a track, and so not in it: {counted(total - written, 'run')}.", style="yellow")
    if destination.place is not None:
        size = "" if destination.is_folder else f" ({size_text(destination.place.stat().st_size)})"
        errors.print(f"{counted(written, 'run')} in {destination.place}{size}", style="green")


def _check_options(format_name: str, *, columns: str | None, units: str | None, bom: bool) -> None:
    """Refuse options that a format has no use for."""
    if bom and format_name != "csv":
        raise InvalidSettings("--bom needs --format csv.")
    if columns is not None and format_name not in _TABLES:
        raise InvalidSettings(f"--columns is for {', '.join(_TABLES)}; {format_name} has none.")
    if units is not None and format_name != "ics":
        raise InvalidSettings(
            "--units is for ics; other formats name the unit: --columns start_local,distance_mi,pace_per_mi."
        )

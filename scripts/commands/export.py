"""`myrunstreak export`: every live run as CSV, NDJSON or Parquet, or with its track as GeoJSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from myrunstreak.errors import InvalidSettings
from myrunstreak.measures import counted
from rich.progress import Progress

from scripts.commands.command import Bom, Settings, command
from scripts.display.terminal import data_output, size_text, standard_error
from scripts.record.reading import open_record


@command(interrupted="Stopped. No file was written.")
def export(
    settings: Settings,
    format_name: Annotated[
        Literal["csv", "ndjson", "parquet", "geojson"],
        typer.Option("--format", help="The format of the file."),
    ],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The file; default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    bom: Bom = False,
) -> None:
    """Write every run to a file in another format."""
    from scripts.export.writers import count_runs, write_parquet, write_text, written_aside

    if to is None and format_name == "parquet":
        raise InvalidSettings("Parquet needs a file: name one with --to FILE.")
    if bom and format_name != "csv":
        raise InvalidSettings("--bom needs --format csv.")
    if to is not None and to.exists() and not force:
        raise InvalidSettings(f"{to} exists already. Choose another file, or use --force to replace it.")
    with open_record(settings, external_access=True) as connection, _bars() as progress:
        runs = count_runs(connection)
        task = progress.add_task("Writing the runs", total=runs)

        def advance(count: int) -> None:
            progress.update(task, advance=count)

        if to is None:
            write_text(format_name, connection, settings, data_output(), advance, bom=bom)
            return
        with written_aside(to) as aside:
            if format_name == "parquet":
                write_parquet(connection, aside)
            else:
                with aside.open("w", encoding="utf-8", newline="") as text:
                    write_text(format_name, connection, settings, text, advance, bom=bom)
    standard_error().print(f"{counted(runs, 'run')} in {to} ({size_text(to.stat().st_size)})", style="green")


def _bars() -> Progress:
    console = standard_error()
    return Progress(console=console, transient=True, disable=not console.is_terminal)

"""Writes an export to its destination: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from myrunstreak.contract.units import Units
from myrunstreak.errors import InvalidSettings

from scripts.export.destination import Destination
from scripts.export.files import folder_aside, written_aside
from scripts.export.source import Source


def write(
    destination: Destination,
    source: Source,
    *,
    standard_output: TextIO,
    units: Units,
    bom: bool,
    force: bool,
    warn: Callable[[str], None],
) -> int:
    """Write the selected runs; how many of them are in it.

    Args:
        bom: begin CSV with the mark by which Excel knows UTF-8.
        force: replace files of a folder that exist.
        warn: is told what the format cannot hold.

    Raises:
        InvalidSettings: files of the folder exist, or the format cannot hold so many runs.
        StoreUnavailable: it cannot be written; nothing was left behind.
    """
    name, place = destination.format_name, destination.place

    def write_text(text: TextIO) -> int:
        if name == "csv":
            from scripts.export.rows import write_csv

            return write_csv(source, text, bom=bom)
        if name == "ndjson":
            from scripts.export.rows import write_ndjson

            return write_ndjson(source, text)
        if name == "geojson":
            from scripts.export.geojson import write_geojson

            return write_geojson(source, text)
        if name == "gpx":
            from scripts.export.gpx import write_gpx

            return write_gpx(source, text)
        from scripts.export.calendar import write_calendar

        return write_calendar(source, text, units)

    if place is None:
        return write_text(standard_output)
    if destination.is_folder:
        from scripts.export.gpx import file_names, write_gpx_files

        if not force:
            _refuse_existing(place, file_names(source))
        with folder_aside(place) as folder:
            return write_gpx_files(source, folder)
    with written_aside(place) as file:
        if name == "parquet":
            from scripts.export.rows import write_parquet

            return write_parquet(source, file)
        if name == "xlsx":
            from scripts.export.spreadsheet import write_sheet

            return write_sheet(source, file, warn)
        with file.open("w", encoding="utf-8", newline="") as text:
            return write_text(text)


def _refuse_existing(folder: Path, names: Iterable[str]) -> None:
    there = {file.name for file in folder.iterdir()} if folder.is_dir() else set[str]()
    taken = [name for name in names if name in there]
    if taken:
        raise InvalidSettings(
            f"{folder / taken[0]} exists already{f', and {len(taken) - 1} more' if taken[1:] else ''}. Choose another "
            "folder, or use --force to replace them."
        )

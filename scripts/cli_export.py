"""`myrunstreak export`: every live run as CSV, NDJSON or Parquet, or with its track as GeoJSON; whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from myrunstreak.contract.settings import Settings
from myrunstreak.csv_text import CsvWriter
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.recordings import file_name
from rich.progress import Progress

from scripts.local_settings import load_settings
from scripts.record import reader
from scripts.terminal import EXIT_DONE, counted, size_text, standard_error

if TYPE_CHECKING:
    import duckdb

Format = Literal["csv", "ndjson", "parquet", "geojson"]

# Every column that a run has but the program's own book-keeping; docs/data-model.md says what each means.
_RUNS: Final = """
SELECT * EXCLUDE (content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at)
FROM runs
ORDER BY start_local, activity_id
"""
# One row per run with a track: its points in order, longitude first; a lost fix is left out.
_TRACKS: Final = """
SELECT p.activity_id, list([p.longitude_e7 / 1e7, p.latitude_e7 / 1e7] ORDER BY p.point) AS line
FROM read_parquet($file) AS p
JOIN runs AS r ON r.activity_id = p.activity_id AND r.details_at = p.observed_at
WHERE p.latitude_e7 IS NOT NULL AND p.longitude_e7 IS NOT NULL
GROUP BY p.activity_id
"""
_CHUNK: Final = 500


def run(format_name: Format, *, to: Path | None, force: bool, bom: bool = False) -> int:
    """Write every live run.

    Args:
        bom: begin a CSV file with the mark by which Excel knows UTF-8.

    Raises:
        InvalidSettings: the file is there already, or the format needs one.
    """
    if to is None and format_name == "parquet":
        raise InvalidSettings("Parquet is written to a file: name one with --to FILE.")
    if bom and format_name != "csv":
        raise InvalidSettings("--bom is for CSV: add --format csv.")
    if to is not None and to.exists() and not force:
        raise InvalidSettings(f"{to} exists already. Choose another file, or --force to replace it.")
    settings = load_settings()
    with reader(settings) as connection, _bars() as progress:
        task = progress.add_task("Writing the runs", total=_count(connection))

        def advance(runs: int) -> None:
            progress.update(task, advance=runs)

        if to is None:
            _write(format_name, connection, settings, sys.stdout, advance, bom=bom)
            return EXIT_DONE
        with _written_aside(to) as aside:
            if format_name == "parquet":
                connection.execute(
                    f"COPY ({_RUNS}) TO '{str(aside).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
                )
            else:
                with aside.open("w", encoding="utf-8", newline="") as text:
                    _write(format_name, connection, settings, text, advance, bom=bom)
        runs = _count(connection)
    standard_error().print(f"{counted(runs, 'run')} in {to} ({size_text(to.stat().st_size)})", style="green")
    return EXIT_DONE


def _bars() -> Progress:
    console = standard_error()
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _write(
    format_name: Format,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    text: TextIO,
    advance: Callable[[int], None],
    *,
    bom: bool,
) -> None:
    if format_name == "geojson":
        _write_geojson(connection, settings, text, advance)
        return
    rows = connection.cursor().execute(_RUNS)
    names = [column[0] for column in rows.description or ()]
    table = CsvWriter(text, names, line_end="\n", bom=bom) if format_name == "csv" else None
    while chunk := rows.fetchmany(_CHUNK):
        if table is not None:
            table.rows(chunk)
        else:
            text.writelines(_line(dict(zip(names, row, strict=True))) for row in chunk)
        advance(len(chunk))


def _write_geojson(
    connection: duckdb.DuckDBPyConnection, settings: Settings, text: TextIO, advance: Callable[[int], None]
) -> None:
    """One feature a run, year by year; a run without a track has the point where it began, or no place at all."""
    years = connection.execute("SELECT DISTINCT year(start_date) FROM runs ORDER BY 1").fetchall()
    blobs = open_blobs(settings.recordings, settings.aws_region)
    text.write('{"type": "FeatureCollection", "features": [')
    separator = "\n"
    with tempfile.TemporaryDirectory() as folder:
        for (year,) in years:
            tracks = dict[int, list[list[float]]]()
            file = Path(folder) / f"{year}.parquet"
            if blobs.fetch(file_name(year), file) is not None:
                tracks = dict(connection.execute(_TRACKS, {"file": str(file)}).fetchall())
            rows = connection.execute(
                "SELECT * EXCLUDE (content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at) FROM runs "
                "WHERE year(start_date) = ? ORDER BY start_local, activity_id",
                [year],
            )
            names = [column[0] for column in rows.description or ()]
            for row in rows.fetchall():
                run = dict(zip(names, row, strict=True))
                text.write(separator + _line(_feature(run, tracks.get(run["activity_id"]))).rstrip("\n"))
                separator = ",\n"
                advance(1)
    text.write("\n]}\n")


def _feature(run: dict[str, Any], line: list[list[float]] | None) -> dict[str, Any]:
    latitude, longitude = run.pop("start_latitude"), run.pop("start_longitude")
    geometry: dict[str, Any] | None = None
    if line and len(line) > 1:
        geometry = {"type": "LineString", "coordinates": line}
    elif latitude is not None and longitude is not None:
        geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": geometry, "properties": run}


@contextmanager
def _written_aside(to: Path) -> Generator[Path]:
    """A file beside the one that is meant, put in its place when it is whole; gone where anything fails."""
    aside = to.with_name(f".{to.name}.{os.getpid()}.partial")
    try:
        yield aside
        aside.replace(to)
    except OSError as error:
        raise StoreUnavailable(
            f"Cannot write {to}: {error.strerror or error}. Nothing was left behind; choose another place."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM runs").fetchone()
    return int(row[0]) if row else 0


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"

"""`myrunstreak export`: every live run as CSV, NDJSON or Parquet, or with its track as GeoJSON; whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from myrunstreak.contract.settings import Settings
from myrunstreak.csv_text import CsvWriter
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.store.blobs import open_blobs
from rich.progress import Progress

from scripts.display.terminal import EXIT_DONE, counted, data_output, size_text, standard_error
from scripts.export.geojson import Point, geometry
from scripts.local_settings import load_settings
from scripts.record.figures import reader

if TYPE_CHECKING:
    import duckdb

Format = Literal["csv", "ndjson", "parquet", "geojson"]

# Every column that a run has but the program's own book-keeping; docs/data-model.md says what each means.
_RUNS: Final = """
SELECT * EXCLUDE (content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at)
FROM runs
ORDER BY start_local, activity_id
"""
# One row per run with a track: its points in order, longitude first, and the clock.
_TRACKS: Final = """
SELECT p.activity_id, list([p.longitude_e7, p.latitude_e7, p.clock_ms] ORDER BY p.point) AS track
FROM read_parquet($files) AS p
JOIN runs AS r ON r.activity_id = p.activity_id AND r.details_at = p.observed_at
WHERE year(r.start_date) = $year
GROUP BY p.activity_id
HAVING count(p.latitude_e7) > 0
"""
# One row per year of runs whose recordings are in a file: nearly always the file's own.
_YEARS: Final = """
SELECT DISTINCT year(r.start_date)
FROM runs AS r
WHERE (r.activity_id, r.details_at) IN (SELECT (activity_id, observed_at) FROM read_parquet($file))
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
            _write(format_name, connection, settings, data_output(), advance, bom=bom)
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
    text.write('{"type": "FeatureCollection", "features": [')
    separator = "\n"
    with tempfile.TemporaryDirectory() as folder:
        files = _recordings(connection, settings, Path(folder))
        for (year,) in years:
            tracks = dict[int, list[list[int | None]]]()
            if holding := [str(file) for file, held in files.items() if year in held]:
                tracks = dict(connection.execute(_TRACKS, {"files": holding, "year": year}).fetchall())
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


def _recordings(
    connection: duckdb.DuckDBPyConnection, settings: Settings, folder: Path
) -> dict[Path, set[int]]:
    """Copies of the recordings' files, and the years of the runs in each: a run may have been edited to another."""
    blobs = open_blobs(settings.recordings, settings.aws_region)
    found: dict[Path, set[int]] = {}
    for number, name in enumerate(list(blobs.names())):
        file = folder / f"{number}.parquet"
        if name.endswith(".parquet") and blobs.fetch(name, file) is not None:
            found[file] = {year for (year,) in connection.execute(_YEARS, {"file": str(file)}).fetchall()}
    return found


def _feature(run: dict[str, Any], track: list[list[int | None]] | None) -> dict[str, Any]:
    latitude, longitude = run.pop("start_latitude"), run.pop("start_longitude")
    points = (Point(_degrees(one[0]), _degrees(one[1]), one[2]) for one in track or ())
    return {"type": "Feature", "geometry": geometry(points, latitude, longitude), "properties": run}


def _degrees(value_e7: int | None) -> float | None:
    return None if value_e7 is None else value_e7 / 1e7


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

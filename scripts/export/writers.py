"""Writes the runs of a record as CSV, NDJSON, Parquet and GeoJSON."""

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
from myrunstreak.errors import StoreUnavailable
from myrunstreak.store.blobs import open_blobs

from scripts.export.geojson import Point, geometry

if TYPE_CHECKING:
    import duckdb

Format = Literal["csv", "ndjson", "parquet", "geojson"]

# Every column that a run has but the program's own book-keeping; docs/data-model.md says what each means.
_COLUMNS: Final = "* EXCLUDE (content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at)"
_RUNS: Final = f"SELECT {_COLUMNS} FROM runs ORDER BY start_local, activity_id"  # noqa: S608 - our own names
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


def write_text(
    format_name: Format,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    text: TextIO,
    advance: Callable[[int], None],
    *,
    bom: bool,
) -> None:
    """Write every run, and say after each portion how many runs it held."""
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


def write_parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write every run to a Parquet file."""
    place = str(file).replace("'", "''")
    connection.execute(f"COPY ({_RUNS}) TO '{place}' (FORMAT parquet)")


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
                f"SELECT {_COLUMNS} FROM runs WHERE year(start_date) = ? ORDER BY start_local, activity_id",  # noqa: S608
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
def written_aside(to: Path) -> Generator[Path]:
    """A file beside ``to`` that replaces it when the block ends; a block that fails leaves nothing.

    Raises:
        StoreUnavailable: the file cannot be written.
    """
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


def count_runs(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of live runs."""
    row = connection.execute("SELECT count(*) FROM runs").fetchone()
    return int(row[0]) if row else 0


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=lambda value: value.isoformat()) + "\n"

"""Recordings as Parquet, one file a year: large, rarely read, and so kept beside the database, not in it.

Values are whole numbers at a scale finer than Smashrun's own precision, which compresses to a third of
the same in floating point: the unit is in the column's name (cm, ms, e7 for ten-millionths of a degree).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.replacing import replace

if TYPE_CHECKING:
    import duckdb

# How much is laid aside at most: points of some thousand runs.
_PARTS_BYTES: Final = 48 << 20
_numbers = itertools.count(1)
# Best efforts are computed from these, whether the points are staged or read back.
CLOCK_MS: Final = "TRY_CAST(round(clock_s * 1000) AS INTEGER)"
DISTANCE_CM: Final = "TRY_CAST(round(distance_km * 100000) AS INTEGER)"

_SCALED: Final = f"""
SELECT
    activity_id,
    point,
    {CLOCK_MS} AS clock_ms,
    TRY_CAST(round(duration_s * 1000) AS INTEGER) AS duration_ms,
    {DISTANCE_CM} AS distance_cm,
    TRY_CAST(round(latitude * 1e7) AS INTEGER) AS latitude_e7,
    TRY_CAST(round(longitude * 1e7) AS INTEGER) AS longitude_e7,
    TRY_CAST(round(elevation_m * 100) AS INTEGER) AS elevation_cm,
    TRY_CAST(round(heart_rate) AS SMALLINT) AS heart_rate,
    TRY_CAST(round(cadence) AS SMALLINT) AS cadence,
    TRY_CAST(round(temperature_c * 10) AS SMALLINT) AS temperature_dc,
    TRY_CAST(round(power_w) AS SMALLINT) AS power_w,
    TRY_CAST(round(speed_kph * 100) AS INTEGER) AS speed_dam_h,
    after_pause,
    observed_at
FROM points
"""
# One row per point of a year's runs: each run's from the newest of the files that hold it.
_MERGED: Final = """
WITH found AS (
    SELECT * FROM read_parquet([{files}], filename = 'origin', union_by_name = true)
    WHERE origin = {old} OR activity_id IN (SELECT activity_id FROM activities WHERE year(start_date) = {year})
),
newest AS (
    SELECT activity_id, max(observed_at) AS observed_at, arg_max(origin, observed_at) AS origin
    FROM found
    GROUP BY activity_id
)
SELECT f.* EXCLUDE (origin)
FROM found AS f
JOIN newest AS n
    ON n.activity_id = f.activity_id AND n.origin = f.origin AND n.observed_at = f.observed_at
ORDER BY f.activity_id, f.point
"""
# One row per point that stays in a year's file when runs move to another year. A run that has come back stays.
_WITHOUT: Final = """
SELECT * FROM read_parquet({old})
WHERE activity_id NOT IN ({ids})
    OR activity_id IN (SELECT activity_id FROM activities WHERE year(start_date) = {year})
ORDER BY activity_id, point
"""


def file_name(year: int) -> str:
    """The name of a year's file in the recordings' folder."""
    return f"year={year:04d}/recordings.parquet"


class Recordings:
    """The recordings' folder.

    Args:
        blobs: the folder beside the database.
        work: a local folder for copies.
    """

    def __init__(self, blobs: Blobs, work: Path) -> None:
        self._blobs = blobs
        self._work = work
        self._parts: list[Path] = []
        self._gone: dict[int, set[int]] = {}

    def part(self, connection: duckdb.DuckDBPyConnection) -> Path | None:
        """The staged ``points`` in a file of their own; None where there are none."""
        part = self._work / f"recordings-part-{next(_numbers)}.parquet"
        if _write(connection, _SCALED, part):
            return part
        part.unlink()
        return None

    def add(self, connection: duckdb.DuckDBPyConnection, part: Path) -> None:
        """Lay a part aside, until ``keep`` puts all of them into their years' files at once."""
        self._parts.append(part)
        if sum(part.stat().st_size for part in self._parts) > _PARTS_BYTES:
            self.keep(connection)

    def keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the parts into the years' files; a newer recording of a run replaces the older.

        Raises:
            StoreConflict: other writers kept changing a year's file.
        """
        if not self._parts:
            return
        years = connection.execute(
            """
            SELECT DISTINCT year(start_date) FROM activities
            WHERE activity_id IN (SELECT activity_id FROM read_parquet($parts)) ORDER BY 1
            """,
            {"parts": [str(part) for part in self._parts]},
        ).fetchall()
        for (year,) in years:
            self._replace_year(connection, year, _MERGED)
        # Only now, so that no recording is ever in neither.
        for year, ids in sorted(self._gone.items()):
            self._replace_year(connection, year, _WITHOUT.replace("{ids}", _join(ids)))
        self.forget()

    def lay_aside(self, parts: Iterable[Path]) -> None:
        """Lay aside whole files of recordings, which ``keep`` takes away."""
        self._parts.extend(parts)

    def forget(self) -> None:
        """Drop the parts."""
        while self._parts:
            self._parts.pop().unlink(missing_ok=True)
        self._gone.clear()

    def move(self, connection: duckdb.DuckDBPyConnection, moved: Sequence[tuple[int, int, int]]) -> None:
        """Lay aside the recordings of runs that move to another year; ``keep`` takes them out of the old year's file.

        Args:
            moved: activity id, year so far and new year, each.
        """
        for old in sorted({old for _, old, _ in moved}):
            ids = {activity_id for activity_id, year, _ in moved if year == old}
            copy = self._work / f"recordings-{old}-read.parquet"
            part = self._work / f"recordings-part-{next(_numbers)}.parquet"
            try:
                if self._blobs.fetch(file_name(old), copy) and _write(
                    connection,
                    f"FROM read_parquet({_quote(copy)}) WHERE activity_id IN ({_join(ids)})",
                    part,
                ):
                    self._parts.append(part)
                    self._gone.setdefault(old, set()).update(ids)
                else:
                    part.unlink(missing_ok=True)
            finally:
                copy.unlink(missing_ok=True)

    def files(self) -> Iterator[Path]:
        """A copy of every year's file, each until the next is asked for."""
        for name in list(self._blobs.names()):
            copy = self._work / "recordings-one-read.parquet"
            try:
                if self._blobs.fetch(name, copy):
                    yield copy
            finally:
                copy.unlink(missing_ok=True)

    def _replace_year(self, connection: duckdb.DuckDBPyConnection, year: int, rows: str) -> None:
        name = file_name(year)
        old, new = self._work / f"recordings-{year}.parquet", self._work / f"recordings-{year}-new.parquet"

        def merge() -> tuple[Path, Version | None]:
            remove_both()
            version = self._blobs.fetch(name, old)
            files = [*([old] if version else []), *self._parts]
            merged = rows.format(files=", ".join(map(_quote, files)), old=_quote(old), year=year)
            _write(connection, merged, new)
            return new, version

        def remove_both() -> None:
            old.unlink(missing_ok=True)
            new.unlink(missing_ok=True)

        try:
            replace(
                self._blobs,
                name,
                merge,
                next_step="Nothing is lost: the next sync fetches these details again.",
            )
        finally:
            remove_both()


def _write(connection: duckdb.DuckDBPyConnection, rows: str, file: Path) -> int:
    """Write the rows of a statement into a Parquet file; how many there are."""
    found = connection.execute(
        f"COPY ({rows}) TO {_quote(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    ).fetchone()
    return int(found[0]) if found else 0


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _join(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids)))

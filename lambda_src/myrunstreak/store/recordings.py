"""Recordings as Parquet, one file a year: large, rarely read, and so kept beside the database, not in it.

Values are whole numbers at a scale finer than Smashrun's own precision, which compresses to a third of
the same in floating point: the unit is in the column's name (cm, ms, e7 for ten-millionths of a degree).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.errors import StoreConflict
from myrunstreak.store.blobs import Blobs, Superseded

if TYPE_CHECKING:
    import duckdb

_ATTEMPTS: Final = 6
# What best efforts are computed from, whether it comes from the staged points or is read back.
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
WHERE activity_id IN (SELECT activity_id FROM activities WHERE year(start_date) = $year)
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

    def fold(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the staged ``points`` into their years' files; a newer recording of a run replaces the older.

        Raises:
            StoreConflict: other writers kept changing a year's file.
        """
        years = connection.execute(
            """
            SELECT DISTINCT year(start_date) FROM activities
            WHERE activity_id IN (SELECT activity_id FROM points) ORDER BY 1
            """
        ).fetchall()
        for (year,) in years:
            self._fold_year(connection, year)

    @contextmanager
    def year(self, year: int) -> Generator[Path | None]:
        """A copy of a year's file for as long as the context lasts; None where there is no such file."""
        copy = self._work / f"recordings-{year}-read.parquet"
        try:
            yield copy if self._blobs.fetch(file_name(year), copy) else None
        finally:
            copy.unlink(missing_ok=True)

    def _fold_year(self, connection: duckdb.DuckDBPyConnection, year: int) -> None:
        name = file_name(year)
        old, new = self._work / f"recordings-{year}.parquet", self._work / f"recordings-{year}-new.parquet"
        for _ in range(_ATTEMPTS):
            version = self._blobs.fetch(name, old)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE scaled AS {_SCALED}", {"year": year})
            kept = (
                """
                SELECT * FROM read_parquet($old) AS o
                WHERE NOT EXISTS (
                    SELECT 1 FROM scaled AS s WHERE s.activity_id = o.activity_id AND s.observed_at >= o.observed_at
                )
                UNION ALL BY NAME
                SELECT s.* FROM scaled AS s
                WHERE NOT EXISTS (
                    SELECT 1 FROM read_parquet($old) AS o
                    WHERE o.activity_id = s.activity_id AND o.observed_at > s.observed_at
                )
                """
                if version
                else "SELECT * FROM scaled"
            )
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE merged AS {kept}", {"old": str(old)} if version else None
            )
            connection.execute(
                "COPY (FROM merged ORDER BY activity_id, point) TO "
                f"'{_quoted(new)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
            )
            try:
                self._blobs.write(name, new, version)
                return
            except Superseded:
                continue
            finally:
                old.unlink(missing_ok=True)
                new.unlink(missing_ok=True)
        raise StoreConflict(
            f"{self._blobs.place}/{name} was changed by other syncs {_ATTEMPTS} times in a row. "
            "Nothing is lost: the next sync fetches these details again."
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

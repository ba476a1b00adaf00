"""Details into rows: laps as recorded, splits computed from the recording, its points for the Parquet files.

A split ends where the recording's distance passes a whole unit, interpolated between two samples, on the
clock without pauses: Smashrun's own ``/splits`` come out the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.units import SPLIT_MILE_KM
from myrunstreak.smashrun.activity import MOST_KM, MOST_M, MOST_S
from myrunstreak.store.efforts.best_efforts import BestEfforts
from myrunstreak.store.efforts.clock_steps import steady_clocks, steady_leaps
from myrunstreak.store.loading.reading import RECORDS, files_to_read
from myrunstreak.store.loading.statements import statement
from myrunstreak.store.loading.trimming import trim_to_runs
from myrunstreak.sync.values import RawObject

if TYPE_CHECKING:
    import duckdb

_STRUCTURE: Final = (
    '{"activityId": "BIGINT", "recordingKeys": ["VARCHAR"], "recordingValues": [["DOUBLE"]],'
    ' "pauseIndexes": ["INTEGER"],'
    ' "laps": [{"lapType": "VARCHAR", "endDuration": "DOUBLE", "endDistance": "DOUBLE"}]}'
)
_SPLITS_STRUCTURE: Final = (
    '{"activityId": "BIGINT", "unit": "VARCHAR", "splits": [{"distance": "DOUBLE", "seconds": "DOUBLE",'
    ' "heartRate": "DOUBLE", "elevationGain": "DOUBLE", "elevationLoss": "DOUBLE"}]}'
)
# Distances that a watch's file holds for "no value", in km.
_MARKERS: Final = "[65.535, 655.35, 6553.5]"


class DetailLoader:
    """Stages arrays of whole activities, and stores their laps, splits and best efforts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._efforts = BestEfforts(connection)

    def stage(self, objects: Sequence[RawObject], *, from_lists: bool = False) -> list[int]:
        """Read the objects into ``detail`` and ``points``; the ids that are newer than what is stored.

        Args:
            from_lists: the objects are list pages: only a record that carries a recording has details.
        """
        self._connection.execute(
            statement("detail", records=RECORDS, structure=_STRUCTURE),
            {**files_to_read(objects), "from_lists": from_lists},
        )
        self._connection.execute(statement("points", markers=_MARKERS, most_km=MOST_KM))
        steady_leaps(self._connection)
        return [row[0] for row in self._connection.execute("SELECT activity_id FROM detail").fetchall()]

    def apply(self) -> None:
        """Store the staged details. Call it within a transaction."""
        run = self._connection.execute
        for table in ("splits", "splits_beyond_run", "laps", "splits_failures"):
            run(f"DELETE FROM {table} WHERE activity_id IN (SELECT activity_id FROM detail)")
        # Efforts need the times as the recordings' files hold them, splits need steady ones.
        self._efforts.replace_from_points()
        steady_clocks(self._connection)
        run(statement("splits", mile_km=SPLIT_MILE_KM))
        run(
            f"""
            INSERT INTO laps
            SELECT
                activity_id,
                lap_number,
                lap.lapType,
                CASE WHEN lap.endDuration BETWEEN 0 AND {MOST_S} THEN lap.endDuration END,
                -- Clients disagree whether it is km or m.
                CASE WHEN lap.endDistance BETWEEN 0 AND {MOST_KM * 1000} THEN lap.endDistance END
            FROM (
                SELECT activity_id, unnest(laps) AS lap, generate_subscripts(laps, 1) AS lap_number FROM detail
            )
            WHERE lap IS NOT NULL
            ORDER BY activity_id, lap_number
            """
        )
        run(
            """
            UPDATE activities SET
                details_at = detail.observed_at,
                splits_at = CASE
                    WHEN activities.activity_id IN (SELECT activity_id FROM splits) THEN detail.observed_at
                END
            FROM detail WHERE detail.activity_id = activities.activity_id
            """
        )
        run(
            """
            DELETE FROM details_queue AS q
            WHERE EXISTS (
                SELECT 1 FROM detail AS d WHERE d.activity_id = q.activity_id AND d.observed_at >= q.enqueued_at
            )
            """
        )
        trim_to_runs(self._connection, "SELECT activity_id FROM detail")

    def apply_smashrun_splits(self, objects: Sequence[RawObject]) -> None:
        """Store Smashrun's own splits, for runs whose recording gives none. Call it within a transaction."""
        run = self._connection.execute
        run(
            f"""
            CREATE OR REPLACE TEMP TABLE answers AS
            SELECT a."activityId" AS activity_id, a.unit, a.splits, observed_at
            FROM (SELECT observed_at, json_transform(raw, '{_SPLITS_STRUCTURE}') AS a FROM ({RECORDS}))
            """,
            files_to_read(objects),
        )
        run(statement("newest_answers"))
        for table in ("splits", "splits_beyond_run"):
            # A pair alone is looked for in every block.
            run(
                f"DELETE FROM {table} WHERE activity_id IN (SELECT activity_id FROM newest_answers)"
                " AND (activity_id, unit) IN (SELECT (activity_id, unit) FROM newest_answers)"
            )
        run(
            statement("smashrun_splits", mile_km=SPLIT_MILE_KM, most_km=MOST_KM, most_m=MOST_M, most_s=MOST_S)
        )
        run(
            """
            UPDATE activities SET splits_at = f.observed_at
            FROM (SELECT activity_id, max(observed_at) AS observed_at FROM newest_answers GROUP BY ALL) AS f
            WHERE f.activity_id = activities.activity_id
            """
        )
        trim_to_runs(self._connection, "SELECT activity_id FROM newest_answers", splits_alone=True)

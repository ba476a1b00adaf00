"""Splits and efforts follow the run's present distance: what lies beyond is kept apart, and a later edit brings it back.

A recording may be longer than its run: the distance was edited. Splits then end where the run ends, and efforts are
those over distances that the run has. Nothing is lost: the tables and what is kept apart hold together all that the
recording gives, so that the rows depend on the run's present distance alone and not on its earlier ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myrunstreak.store.loading.statements import statement

if TYPE_CHECKING:
    import duckdb

# One row per run: the split in which it ends, as far as it goes, at the split's own pace. A centimetre is
# Smashrun's last decimal.
_SHORTENED_SPLITS: Final = """
INSERT INTO splits
SELECT
    activity_id, unit, split_number, distance_km * share, duration_s * share, pace_s_per_km, heart_rate_avg,
    elevation_gain_m * share, elevation_loss_m * share
FROM (SELECT *, (run_km - from_km) / distance_km AS share FROM overlong WHERE run_km - from_km >= 0.00001)
ORDER BY activity_id, unit, split_number
"""
_SPLITS_BEYOND: Final = """
INSERT INTO splits_beyond_run
SELECT * EXCLUDE (run_km, until_km, from_km) FROM overlong
ORDER BY activity_id, unit, split_number
"""
# One row per effort over a distance that its run is not within 1 % of: the rule of average_efforts.
_EFFORTS_BEYOND: Final = """
INSERT INTO efforts_beyond_run
SELECT e.*
FROM best_efforts AS e JOIN fitted AS f ON f.activity_id = e.activity_id
WHERE e.source = 'recording' AND f.distance_km < e.distance_m / 1000 * 0.99 - 1e-9
ORDER BY e.activity_id, e.distance_m
"""


def trim_to_runs(connection: duckdb.DuckDBPyConnection, ids: str, *, splits_alone: bool = False) -> None:
    """Bring splits and efforts into line with the runs' present distances. Call it within a transaction.

    Args:
        ids: a statement that gives the ids of the runs that changed, or whose details did.
        splits_alone: only their splits changed.
    """
    run = connection.execute
    run(
        f"""
        CREATE OR REPLACE TEMP TABLE fitted AS
        SELECT activity_id, distance_km FROM activities
        WHERE activity_id IN ({ids}) AND (details_at IS NOT NULL OR splits_at IS NOT NULL)
        """
    )
    if not _count(connection, "fitted"):
        return
    mine = "activity_id IN (SELECT activity_id FROM fitted)"

    key = "(activity_id, unit, split_number)"
    if _count(connection, "splits_beyond_run"):
        run(f"DELETE FROM splits WHERE {mine} AND {key} IN (SELECT {key} FROM splits_beyond_run)")
        run(f"INSERT INTO splits SELECT * FROM splits_beyond_run WHERE {mine}")
        run(f"DELETE FROM splits_beyond_run WHERE {mine}")
    run(statement("overlong"))
    if _count(connection, "overlong"):
        run(_SPLITS_BEYOND)
        run(f"DELETE FROM splits WHERE {mine} AND {key} IN (SELECT {key} FROM overlong)")
        run(_SHORTENED_SPLITS)
    if splits_alone:
        return

    if _count(connection, "efforts_beyond_run"):
        run(f"INSERT INTO best_efforts SELECT * FROM efforts_beyond_run WHERE {mine}")
        run(f"DELETE FROM efforts_beyond_run WHERE {mine}")
    [beyond] = run(_EFFORTS_BEYOND).fetchone() or (0,)
    if beyond:
        run(
            f"""
            DELETE FROM best_efforts
            WHERE {mine} AND source = 'recording'
                AND (activity_id, distance) IN (SELECT (activity_id, distance) FROM efforts_beyond_run)
            """
        )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [count] = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(count)

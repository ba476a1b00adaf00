"""Splits and efforts follow the run as it stands: what it no longer has is set aside, and a later edit brings it back.

A recording may be longer than its run: the distance was edited. Splits then end where the run ends, and efforts are
those over distances that the run has. Nothing is lost: together the tables and what is set aside hold all that the
recording gives, so that the rows depend on the run's present figures alone and not on the way to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

# A recording that is this much longer than its run is so by rounding.
_ROUNDING_KM: Final = 0.01
# To five decimals of a km, as Smashrun has them.
_CENTIMETRE_KM: Final = 0.00001

# One row per split that ends beyond its run, of the runs whose splits are longer than they; lengths are added up as
# decimals, since sums of fractions depend on their order.
_OVERLONG: Final = f"""
CREATE OR REPLACE TEMP TABLE overlong AS
WITH lengths AS (
    SELECT
        s.*,
        f.distance_km AS run_km,
        sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) OVER (
            PARTITION BY s.activity_id, s.unit ORDER BY s.split_number
        ) AS until_km,
        sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) OVER (PARTITION BY s.activity_id, s.unit) AS all_km
    FROM splits AS s JOIN fitted AS f ON f.activity_id = s.activity_id
    WHERE f.distance_km IS NOT NULL
)
SELECT *, CAST(until_km AS DOUBLE) - distance_km AS from_km
FROM lengths
WHERE all_km > run_km + {_ROUNDING_KM} AND until_km > run_km + {_CENTIMETRE_KM}
"""
# One row per run: the split in which it ends, as far as it goes, at the split's own pace.
_SHORTENED: Final = f"""
INSERT INTO splits
SELECT
    activity_id, unit, split_number, distance_km * share, duration_s * share, pace_s_per_km, heart_rate_avg,
    elevation_gain_m * share, elevation_loss_m * share
FROM (SELECT *, (run_km - from_km) / distance_km AS share FROM overlong WHERE run_km - from_km >= {_CENTIMETRE_KM})
ORDER BY activity_id, unit, split_number
"""
_SET_ASIDE: Final = """
INSERT INTO splits_beyond_run
SELECT * EXCLUDE (run_km, until_km, all_km, from_km) FROM overlong
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


class RunFit:
    """What the tables of splits and efforts hold of recordings; every change of them belongs within a transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def fit(self, ids: str) -> None:
        """Bring splits and efforts into line with the runs' present distances.

        Args:
            ids: a statement that gives the ids of the runs that changed, or whose details did.
        """
        run = self._connection.execute
        run(
            f"""
            CREATE OR REPLACE TEMP TABLE fitted AS
            SELECT activity_id, distance_km FROM activities
            WHERE activity_id IN ({ids}) AND (details_at IS NOT NULL OR splits_at IS NOT NULL)
            """
        )
        found = run("SELECT count(*) FROM fitted").fetchone()
        if not found or not found[0]:
            return
        self._fit_splits()
        self._fit_efforts()

    def _fit_splits(self) -> None:
        run = self._connection.execute
        key = "(activity_id, unit, split_number)"
        mine = "activity_id IN (SELECT activity_id FROM fitted)"
        run(f"DELETE FROM splits WHERE {mine} AND {key} IN (SELECT {key} FROM splits_beyond_run)")
        run(f"INSERT INTO splits SELECT * FROM splits_beyond_run WHERE {mine}")
        run(f"DELETE FROM splits_beyond_run WHERE {mine}")
        run(_OVERLONG)
        run(_SET_ASIDE)
        run(f"DELETE FROM splits WHERE {key} IN (SELECT {key} FROM overlong)")
        run(_SHORTENED)

    def _fit_efforts(self) -> None:
        run = self._connection.execute
        mine = "activity_id IN (SELECT activity_id FROM fitted)"
        run(f"INSERT INTO best_efforts SELECT * FROM efforts_beyond_run WHERE {mine}")
        run(f"DELETE FROM efforts_beyond_run WHERE {mine}")
        run(_EFFORTS_BEYOND)
        run(
            f"""
            DELETE FROM best_efforts
            WHERE {mine} AND source = 'recording'
                AND (activity_id, distance) IN (SELECT (activity_id, distance) FROM efforts_beyond_run)
            """
        )

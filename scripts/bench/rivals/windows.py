"""Best efforts in SQL: windows over the distance say where a stretch ends."""

from __future__ import annotations

from typing import Final

from scripts.bench.processes import Figures, stopwatch
from scripts.bench.rivals.effort_sums import read_aims, sum_efforts

# One row per recording: its least time over a distance. Windows say between which places the other end lies.
_WINDOWS: Final = """
WITH places AS (
    SELECT activity_id, distance_cm, min(clock_ms) AS first_ms, max(clock_ms) AS last_ms
    FROM samples
    GROUP BY activity_id, distance_cm
),
ends AS (
    SELECT
        activity_id, distance_cm, first_ms, last_ms,
        first_value(distance_cm) OVER ahead AS ahead_cm, first_value(first_ms) OVER ahead AS ahead_ms,
        last_value(distance_cm) OVER short AS short_cm, last_value(last_ms) OVER short AS short_ms,
        last_value(distance_cm) OVER behind AS behind_cm, last_value(last_ms) OVER behind AS behind_ms,
        first_value(distance_cm) OVER past AS past_cm, first_value(first_ms) OVER past AS past_ms
    FROM places
    WINDOW
        ahead AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN $aim FOLLOWING AND UNBOUNDED FOLLOWING),
        short AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN UNBOUNDED PRECEDING AND $aim - 1 FOLLOWING),
        behind AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN UNBOUNDED PRECEDING AND $aim PRECEDING),
        past AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN $aim - 1 PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT least(
    min(ahead_ms - (ahead_cm - distance_cm - $aim) * (ahead_ms - short_ms) / (ahead_cm - short_cm) - last_ms),
    min(first_ms - behind_ms - (distance_cm - $aim - behind_cm) * (past_ms - behind_ms) / (past_cm - behind_cm))
)
FROM ends
WHERE ahead_cm IS NOT NULL OR behind_cm IS NOT NULL
GROUP BY activity_id
"""


def windows(file: str) -> Figures:
    """In SQL: where a stretch ends that begins at each point, and the reverse, by windows over the distance."""
    import duckdb

    figures, found = Figures(), list[float]()
    with duckdb.connect(file, read_only=True) as connection, stopwatch(figures):
        for aim in read_aims(connection):
            rows = connection.execute(_WINDOWS, {"aim": aim}).fetchall()
            found += [elapsed_ms / 1000 for (elapsed_ms,) in rows]
    return figures | sum_efforts(found)

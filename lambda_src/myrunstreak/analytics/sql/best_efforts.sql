-- One row per best effort that was the fastest so far when it was run, in that order within its distance: the last one
-- is the best, or its bound where the pace of a longer effort beats what was measured. And one row per flagged effort,
-- which counts nowhere.
WITH efforts AS (
    SELECT e.distance, e.distance_m, e.elapsed_s, e.offset_s, e.source, e.flagged, r.activity_id, r.start_date, r.start_local
    FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
    WHERE $distance IS NULL OR e.distance = $distance
),
scored AS (
    SELECT
        *,
        min(elapsed_s) OVER (
            PARTITION BY distance, flagged
            ORDER BY start_local, activity_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before
    FROM efforts
),
holders AS (
    SELECT
        distance, distance_m, elapsed_s, activity_id, start_date AS date, offset_s, source, flagged, start_local,
        NULL AS bounded_by
    FROM scored
    WHERE flagged OR best_before IS NULL OR elapsed_s < best_before - 1e-9
    UNION ALL
    SELECT distance, distance_m, elapsed_s, activity_id, date, NULL, 'bound', false, NULL, bounded_by
    FROM effort_bounds
    WHERE $distance IS NULL OR distance = $distance
)
SELECT distance, distance_m, elapsed_s, activity_id, date, offset_s, source, flagged, bounded_by
FROM holders
ORDER BY flagged, distance_m, CASE WHEN flagged THEN elapsed_s END, bounded_by NULLS FIRST, start_local, activity_id

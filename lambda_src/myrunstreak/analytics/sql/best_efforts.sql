-- One row per best effort that was the fastest so far when it was run, in that order within its distance: the last one
-- is the best, or its bound where the pace of a longer effort beats what was measured. And one row per flagged effort,
-- which counts nowhere.
WITH efforts AS (
    SELECT
        distance, distance_m, value AS elapsed_s, activity_id, date, offset_s, source, false AS flagged, bounded_by,
        achieved
    FROM {stored}best_holders
    WHERE distance IS NOT NULL
    UNION ALL
    SELECT
        e.distance, e.distance_m, e.elapsed_s, r.activity_id, r.start_date, e.offset_s, e.source, true, NULL, r.start_local
    FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
    WHERE e.flagged
)
SELECT distance, distance_m, elapsed_s, activity_id, date, offset_s, source, flagged, bounded_by
FROM efforts
WHERE distance = coalesce(CAST($distance AS VARCHAR), distance)
ORDER BY flagged, distance_m, CASE WHEN flagged THEN elapsed_s END, bounded_by NULLS FIRST, achieved, activity_id

-- One row per run in one of the worlds, with the conditions that it fails. A world is the days of a streak of the
-- definition around this one, from the first to the last; worlds share no day, and one whose last day is today goes on.
SELECT
    r.activity_id, r.start_local, r.start_date, r.distance_km, r.duration_s, w.first_day, w.last_day,
    CAST(date_trunc($unit, r.start_date + $shift) AS DATE) - $shift AS period,
    coalesce(r.distance_km, 0) < $run_km - 1e-9 AS too_short,
    coalesce(r.duration_s, 0) < $run_s - 1e-9 AS too_brief,
    CAST(r.start_local AS TIME) < $run_from AS too_early,
    coalesce(CAST(r.start_local AS TIME) >= $run_before, false) AS too_late,
    NOT (too_short OR too_brief OR too_early OR too_late) AS counts
FROM run_measures AS r
ASOF JOIN (
    SELECT unnest(from_json($worlds, '[{"first_day": "DATE", "last_day": "DATE"}]'), recursive := true)
) AS w ON r.start_date >= w.first_day
WHERE r.start_date <= w.last_day
ORDER BY r.start_local, r.activity_id

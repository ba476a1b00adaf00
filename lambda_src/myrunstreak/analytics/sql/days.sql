-- One row per day from $first_day to $last_day, including days without a run.
SELECT
    CAST(c.date AS DATE) AS date,
    coalesce(d.runs, 0) AS runs,
    coalesce(d.distance_km, 0.0) AS distance_km,
    coalesce(d.duration_s, 0.0) AS duration_s,
    d.paced_s / d.paced_km AS pace_s_per_km,
    coalesce(is_run_day(d.distance_km, $minimum_km), false) AS is_run_day,
    CASE WHEN is_run_day THEN 'run_day' WHEN c.date >= $unknown_from THEN 'unknown' ELSE 'no_run_day' END AS state
FROM range(CAST($first_day AS DATE), CAST($last_day AS DATE) + INTERVAL 1 DAY, INTERVAL 1 DAY) AS c (date)
LEFT JOIN (
    SELECT * FROM {stored}daily_sums WHERE date BETWEEN $first_day AND $last_day
) AS d ON d.date = CAST(c.date AS DATE)
ORDER BY c.date

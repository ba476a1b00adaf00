-- One row at most per kind of call, over the run days from $first_day to $last_day: the first day of the smallest sum, of the
-- latest first start, and of the hottest run.
WITH run_days AS (
    SELECT date, distance_km
    FROM {stored}daily_sums
    WHERE date BETWEEN CAST($first_day AS DATE) AND CAST($last_day AS DATE)
        AND is_run_day(distance_km, CAST($minimum_km AS DOUBLE))
),
runs_of_them AS (
    SELECT r.start_date, r.start_local, a.temperature_c
    FROM run_measures AS r
    JOIN activities AS a ON a.activity_id = r.activity_id
    WHERE r.start_date IN (SELECT date FROM run_days)
)
(
    SELECT 'shortest' AS kind, date, distance_km AS value, NULL AS text
    FROM run_days
    WHERE distance_km > 0
    ORDER BY distance_km, date
    LIMIT 1
)
UNION ALL
(
    SELECT 'latest', start_date, NULL, strftime(min(start_local), '%H:%M')
    FROM runs_of_them
    GROUP BY start_date
    ORDER BY CAST(min(start_local) AS TIME) DESC, start_date
    LIMIT 1
)
UNION ALL
(
    SELECT 'hottest', start_date, temperature_c, NULL
    FROM runs_of_them
    WHERE temperature_c IS NOT NULL
    ORDER BY temperature_c DESC, start_date
    LIMIT 1
)

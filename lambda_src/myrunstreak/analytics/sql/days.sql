-- One row per day from $first_day to $last_day, including days without a run.
WITH asked AS (
    SELECT
        CAST($first_day AS DATE) AS first_day,
        CAST($last_day AS DATE) AS last_day,
        CAST($minimum_km AS DOUBLE) AS minimum_km,
        CAST($unknown_from AS DATE) AS unknown_from
),
days AS (
    SELECT
        CAST(unnest(range(first_day, last_day + INTERVAL 1 DAY, INTERVAL 1 DAY)) AS DATE) AS date,
        minimum_km,
        unknown_from
    FROM asked
)
SELECT
    c.date,
    coalesce(d.runs, 0) AS runs,
    coalesce(d.distance_km, 0.0) AS distance_km,
    coalesce(d.duration_s, 0.0) AS duration_s,
    d.paced_s / d.paced_km AS pace_s_per_km,
    coalesce(is_run_day(d.distance_km, c.minimum_km), false) AS is_run_day,
    CASE WHEN is_run_day THEN 'run_day' WHEN c.date >= c.unknown_from THEN 'unknown' ELSE 'no_run_day' END AS state
FROM days AS c LEFT JOIN {stored}daily_sums AS d ON d.date = c.date
ORDER BY c.date

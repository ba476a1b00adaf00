-- At most two rows: the streak that reaches today or yesterday, and the longest, the newest of equals. With a last
-- day $until there are no later days.
WITH spans AS (
    SELECT start_date, coalesce(least(end_date, $until), end_date) AS end_date
    FROM streaks_of($minimum_km)
    WHERE $until IS NULL OR start_date <= $until
),
chosen AS (
    (
        SELECT 'current' AS role, start_date, least(end_date, $today) AS end_date
        FROM spans
        WHERE start_date <= $today AND end_date >= $today - 1
    )
    UNION ALL
    (
        SELECT 'longest', start_date, end_date
        FROM spans
        ORDER BY end_date - start_date DESC, start_date DESC
        LIMIT 1
    )
)
SELECT
    c.role,
    c.start_date,
    c.end_date,
    c.end_date - c.start_date + 1 AS length_days,
    CAST(sum(d.runs) AS BIGINT) AS runs,
    sum(d.distance_km) AS distance_km
FROM chosen AS c JOIN daily AS d ON d.date BETWEEN c.start_date AND c.end_date
GROUP BY ALL

-- One row per streak, longest first, the newest of equals first, from behind the one that the cursor names.
SELECT *
FROM (
    SELECT
        start_date,
        end_date,
        length_days,
        runs,
        distance_km,
        start_date <= $today AND end_date >= $today - 1 AS is_current,
        lead(start_date) OVER (ORDER BY start_date) - end_date - 1 AS break_days
    FROM streaks_of($minimum_km)
)
WHERE $length_days IS NULL OR (length_days, start_date) < ($length_days, $start_date)
ORDER BY length_days DESC, start_date DESC
LIMIT $rows

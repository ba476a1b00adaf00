-- One row per streak, longest first, the newest of equals first, after the one that the cursor names. The current
-- one reaches today or yesterday; where none does and yesterday is not known, it is the one that reached $stood_on.
SELECT
    start_date,
    end_date,
    length_days,
    runs,
    distance_km,
    CASE WHEN bool_or(reaches_today) OVER () THEN reaches_today ELSE coalesce(stood, false) END AS is_current,
    -- Days that are not known yet are no break.
    CASE
        WHEN next_start IS NOT NULL THEN nullif(greatest(least(next_start, CAST($unknown_from AS DATE)) - end_date - 1, 0), 0)
    END AS break_days
FROM (
    SELECT
        start_date,
        end_date,
        length_days,
        runs,
        distance_km,
        start_date <= $today AND end_date >= $today - 1 AS reaches_today,
        start_date <= $stood_on AND end_date >= CAST($stood_on AS DATE) - 1 AS stood,
        lead(start_date) OVER (ORDER BY start_date) AS next_start
    FROM {streaks_in}('{stored}daily_sums', $minimum_km)
)
QUALIFY $length_days IS NULL OR (length_days, start_date) < ($length_days, $start_date)
ORDER BY length_days DESC, start_date DESC
LIMIT $rows

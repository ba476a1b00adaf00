-- One row per streak, longest first, the newest of equals first, or the newest first without $by_length, after the one that the cursor names. The current
-- one reaches today or yesterday; where none does and yesterday is not known, it is the one that reached $stood_on.
WITH asked AS (
    SELECT
        CAST($minimum_km AS DOUBLE) AS minimum_km,
        CAST($today AS DATE) AS today,
        CAST($stood_on AS DATE) AS stood_on,
        CAST($unknown_from AS DATE) AS unknown_from,
        CAST($by_length AS BOOLEAN) AS by_length,
        CAST($length_days AS BIGINT) AS asked_length,
        CAST($start_date AS DATE) AS asked_start
)
SELECT
    start_date,
    end_date,
    length_days,
    runs,
    distance_km,
    CASE WHEN bool_or(reaches_today) OVER () THEN reaches_today ELSE coalesce(stood, false) END AS is_current,
    -- Days that are not known yet are no break.
    CASE
        WHEN next_start IS NOT NULL THEN nullif(greatest(least(next_start, unknown_from) - end_date - 1, 0), 0)
    END AS break_days
FROM (
    SELECT
        start_date,
        end_date,
        length_days,
        runs,
        distance_km,
        start_date <= today AND end_date >= today - 1 AS reaches_today,
        start_date <= stood_on AND end_date >= stood_on - 1 AS stood,
        lead(start_date) OVER (ORDER BY start_date) AS next_start,
        unknown_from,
        CASE WHEN by_length THEN length_days ELSE 0 END AS place,
        CASE WHEN by_length THEN asked_length ELSE 0 END AS asked_place,
        asked_start
    FROM {streaks_in}('{stored}daily_sums', (SELECT minimum_km FROM asked)) CROSS JOIN asked
)
QUALIFY asked_start IS NULL OR (place, start_date) < (asked_place, asked_start)
ORDER BY place DESC, start_date DESC
LIMIT CAST($rows AS BIGINT)

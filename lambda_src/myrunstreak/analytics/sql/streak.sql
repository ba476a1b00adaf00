-- One row per role, at most four: the streak that reaches today or yesterday, the one that reached the day $stood_on or
-- the day before it, the last one before these, and the longest, the newest of equals. With a last day $until there are
-- no later days. Where a streak goes on after the end that is shown, is_cut says that its runs and distance are still
-- those of the whole.
WITH asked AS (
    SELECT
        CAST($minimum_km AS DOUBLE) AS minimum_km,
        CAST($today AS DATE) AS today,
        CAST($stood_on AS DATE) AS stood_on,
        CAST($until AS DATE) AS until
),
spans AS (
    SELECT
        s.* REPLACE (coalesce(least(s.end_date, asked.until), s.end_date) AS end_date),
        s.end_date AS whole_end,
        asked.today,
        asked.stood_on
    FROM {streaks_in}('{stored}daily_sums', (SELECT minimum_km FROM asked)) AS s CROSS JOIN asked
    WHERE asked.until IS NULL OR s.start_date <= asked.until
),
chosen AS (
    (
        SELECT 'current' AS role, * REPLACE (least(end_date, today) AS end_date)
        FROM spans
        WHERE start_date <= today AND end_date >= today - 1
    )
    UNION ALL
    (
        SELECT 'stood', * REPLACE (least(end_date, stood_on) AS end_date)
        FROM spans
        WHERE start_date <= stood_on AND end_date >= stood_on - 1
    )
    UNION ALL
    (
        SELECT 'longest', *
        FROM spans
        ORDER BY end_date - start_date DESC, start_date DESC
        LIMIT 1
    )
),
previous AS (
    SELECT 'previous' AS role, s.*
    FROM spans AS s
    WHERE
        s.end_date < coalesce(
            (SELECT start_date FROM chosen WHERE role = 'current'),
            (SELECT start_date FROM chosen WHERE role = 'stood'),
            s.stood_on,
            s.today
        )
    ORDER BY s.end_date DESC
    LIMIT 1
)
SELECT
    role, start_date, end_date, end_date - start_date + 1 AS length_days, runs, distance_km,
    end_date < whole_end AS is_cut
FROM (FROM chosen UNION ALL FROM previous)

-- One row per streak of one definition (kind 'streak'), and one for the period around $asked (kind 'period') where a
-- world has that day: the one from $asked_first to $asked_last. layer_runs.sql explains worlds; its statement is put in
-- below. Windows sum numbers: a FILTER in a window takes ten times as long.
WITH runs_within AS (
{layer_runs}
),
-- One row per world and period with a run. A billionth makes up for sums of binary fractions.
sums AS (
    SELECT
        *,
        runs >= $runs
            AND days >= $days
            AND distance_km >= $distance_km - 1e-9
            AND duration_s >= $duration_s - 1e-9 AS qualifies
    FROM (
        SELECT
            first_day,
            last_day,
            period,
            count(*) FILTER (counts) AS runs,
            count(DISTINCT start_date) FILTER (counts) AS days,
            coalesce(sum(distance_km) FILTER (counts), 0.0) AS distance_km,
            coalesce(sum(duration_s) FILTER (counts), 0.0) AS duration_s
        FROM runs_within
        GROUP BY first_day, last_day, period
    )
),
-- One row per period from a world's first that qualifies: earlier ones are no part of a streak and spend no rest.
calendar AS (
    SELECT
        first_day,
        last_day,
        unnest(generate_series(opening, last_day, CAST($step AS INTERVAL))) AS moment
    FROM (SELECT first_day, last_day, min(period) AS opening FROM sums WHERE qualifies GROUP BY ALL)
),
-- A period that is not over is no miss yet.
judged AS (
    SELECT
        c.first_day,
        c.last_day,
        CAST(c.moment AS DATE) AS period,
        c.last_day = $today AND c.moment + CAST($step AS INTERVAL) > $today AS is_open,
        coalesce(s.qualifies, false) AS qualifies,
        NOT (is_open OR coalesce(s.qualifies, false)) AS is_missed,
        s.runs,
        s.distance_km
    FROM calendar AS c LEFT JOIN sums AS s ON s.first_day = c.first_day AND s.period = CAST(c.moment AS DATE)
),
-- The periods missed so far in this week, month or year of the rest: beyond $rest of them a miss breaks the streak.
counted AS (
    SELECT
        *,
        sum(CAST(is_missed AS INTEGER)) OVER (
            PARTITION BY first_day, date_trunc($rest_per, period + $rest_shift) ORDER BY period
        ) AS missed
    FROM judged
),
-- Periods with as many breaks before them belong together.
numbered AS (
    SELECT
        *,
        sum(CAST(is_missed AND missed > $rest AS INTEGER)) OVER (PARTITION BY first_day ORDER BY period) AS island
    FROM counted
),
-- One row per island with a streak, which begins and ends with a period that qualifies.
spans AS (
    SELECT
        first_day,
        last_day,
        island,
        min(period) FILTER (qualifies) AS opening,
        max(period) FILTER (qualifies) AS closing,
        count(*) FILTER (qualifies) AS kept,
        CAST(sum(runs) FILTER (qualifies) AS BIGINT) AS runs,
        sum(distance_km) FILTER (qualifies) AS distance_km,
        bool_or(is_open) AS lives
    FROM numbered
    GROUP BY first_day, last_day, island
    HAVING bool_or(qualifies)
),
asked AS (
    SELECT
        CAST($asked_first AS DATE) AS first_day,
        CAST($asked_last AS DATE) AS last_day,
        CAST(date_trunc($unit, CAST($asked AS DATE) + $shift) AS DATE) - $shift AS period,
        CAST(period + CAST($step AS INTERVAL) AS DATE) - 1 AS period_end
    WHERE $asked_first IS NOT NULL
)
SELECT
    'streak' AS kind,
    greatest(opening, first_day) AS start_date,
    CAST(least(closing + CAST($step AS INTERVAL) - INTERVAL 1 DAY, last_day) AS DATE) AS end_date,
    date_diff($unit, opening + $shift, closing + $shift) + 1 AS length,
    date_diff($unit, opening + $shift, closing + $shift) + 1 - kept AS rest_used,
    runs,
    NULL AS days,
    distance_km,
    NULL AS duration_s,
    lives,
    NULL AS verdict
FROM spans
UNION ALL
SELECT
    'period',
    greatest(a.period, a.first_day),
    CASE WHEN a.last_day = $today THEN a.period_end ELSE least(a.period_end, a.last_day) END,
    NULL,
    coalesce(n.missed, 0),
    coalesce(s.runs, 0),
    coalesce(s.days, 0),
    coalesce(s.distance_km, 0.0),
    coalesce(s.duration_s, 0.0),
    coalesce(i.lives AND n.period >= i.opening, false),
    CASE
        WHEN s.qualifies THEN 'qualifies'
        WHEN a.last_day = $today AND a.period_end >= $today THEN 'open'
        WHEN n.period >= i.opening THEN 'rest'
        ELSE 'missed'
    END
FROM asked AS a
LEFT JOIN sums AS s ON s.first_day = a.first_day AND s.period = a.period
LEFT JOIN numbered AS n ON n.first_day = a.first_day AND n.period = a.period
LEFT JOIN spans AS i ON i.first_day = n.first_day AND i.island = n.island
ORDER BY kind, start_date

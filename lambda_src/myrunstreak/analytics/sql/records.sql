-- One row per personal best at the time it was set, in that order within its kind: the last one holds. Only more than a
-- billionth beats a best: fractions summed in another order are no new best. Where the pace of a longer effort beats
-- what was measured over a distance, the bound comes last.
WITH days AS MATERIALIZED (
    SELECT date, distance_km FROM daily
),
candidates AS (
    SELECT
        1 AS place, 'longest_run' AS kind, distance_km AS value, start_date AS date, CAST(NULL AS VARCHAR) AS period,
        activity_id, NULL AS source, start_local AS achieved
    FROM run_measures
    WHERE distance_km > 0 AND NOT beyond_human(distance_km, duration_s)
    UNION ALL
    SELECT 2, 'biggest_day', distance_km, date, NULL, NULL, NULL, date
    FROM days
    WHERE distance_km > 0
    UNION ALL
    SELECT 3, 'biggest_week', sum(distance_km), min(date), NULL, NULL, NULL, min(date)
    FROM days
    GROUP BY date_trunc('week', date + $shift)
    UNION ALL
    SELECT 4, 'biggest_month', sum(distance_km), min(date), NULL, NULL, NULL, min(date)
    FROM days
    GROUP BY date_trunc('month', date)
    UNION ALL
    SELECT 5, 'biggest_year', sum(distance_km), min(date), NULL, NULL, NULL, min(date)
    FROM days
    GROUP BY date_trunc('year', date)
    UNION ALL
    SELECT
        6, 'longest_break', behind - end_date - 1, end_date + 1, end_date + 1 || '/' || behind - 1, NULL, NULL, behind
    -- Days that are not known yet are no break.
    FROM (
        SELECT end_date, next_start, least(next_start, CAST($unknown_from AS DATE)) AS behind
        FROM (SELECT end_date, lead(start_date) OVER (ORDER BY start_date) AS next_start FROM streaks_in('daily', $minimum_km))
    )
    WHERE next_start IS NOT NULL
    UNION ALL
    SELECT
        7 + e.distance_m / 1e6, 'fastest_' || e.distance, e.elapsed_s, r.start_date, NULL, r.activity_id, e.source,
        r.start_local
    FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
    WHERE NOT e.flagged
),
scored AS (
    SELECT
        *,
        CASE WHEN place > 7 THEN -value ELSE value END AS score,
        max(CASE WHEN place > 7 THEN -value ELSE value END) OVER (
            PARTITION BY place
            ORDER BY achieved, activity_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before
    FROM candidates
    WHERE value > 0
),
holders AS (
    SELECT place, kind, value, date, period, activity_id, source, achieved, NULL AS bounded_by
    FROM scored
    WHERE best_before IS NULL OR score > best_before + 1e-9
    UNION ALL
    SELECT 7 + distance_m / 1e6, 'fastest_' || distance, elapsed_s, date, NULL, activity_id, 'bound', NULL, bounded_by
    FROM effort_bounds
)
SELECT
    kind,
    value,
    CASE WHEN place > 7 THEN 's' WHEN place = 6 THEN 'days' ELSE 'km' END AS unit,
    CASE WHEN place BETWEEN 3 AND 6 THEN NULL ELSE date END AS date,
    CASE place
        WHEN 3 THEN strftime(date + $shift, '%G-W%V')
        WHEN 4 THEN strftime(date, '%Y-%m')
        WHEN 5 THEN strftime(date, '%Y')
        ELSE period
    END AS period,
    activity_id,
    source,
    bounded_by
FROM holders
ORDER BY place, bounded_by NULLS FIRST, achieved, activity_id

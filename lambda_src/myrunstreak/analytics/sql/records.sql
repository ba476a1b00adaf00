-- One row for each time that a record was set, in that order within its kind: the last one holds it. A record is beaten
-- by more than a billionth only: sums of fractions in another order are no new record.
WITH candidates AS (
    SELECT
        'longest_run' AS kind, 1 AS place, distance_km AS value, 'km' AS unit, start_date AS date,
        CAST(NULL AS VARCHAR) AS period, activity_id, NULL AS source, start_local AS achieved
    FROM runs
    WHERE distance_km > 0 AND NOT beyond_human(distance_km, duration_s)
    UNION ALL
    SELECT 'biggest_day', 2, distance_km, 'km', date, NULL, NULL, NULL, date
    FROM daily
    WHERE distance_km > 0
    UNION ALL
    SELECT
        'biggest_week', 3, distance_km, 'km', start_date, strftime(start_date + $shift, '%G-W%V'), NULL, NULL, start_date
    FROM periods('week', shift := $shift)
    WHERE distance_km > 0
    UNION ALL
    SELECT 'biggest_month', 4, distance_km, 'km', start_date, strftime(start_date, '%Y-%m'), NULL, NULL, start_date
    FROM periods('month')
    WHERE distance_km > 0
    UNION ALL
    SELECT 'biggest_year', 5, distance_km, 'km', start_date, strftime(start_date, '%Y'), NULL, NULL, start_date
    FROM periods('year')
    WHERE distance_km > 0
    UNION ALL
    SELECT
        'longest_break', 6, next_start - end_date - 1, 'days', end_date + 1,
        strftime(end_date + 1, '%Y-%m-%d') || '/' || strftime(next_start - 1, '%Y-%m-%d'), NULL, NULL, next_start
    FROM (SELECT end_date, lead(start_date) OVER (ORDER BY start_date) AS next_start FROM streaks_of($minimum_km))
    WHERE next_start IS NOT NULL
    UNION ALL
    SELECT
        'fastest_' || e.distance, 6 + e.distance_m / 1e6, e.elapsed_s, 's', r.start_date, NULL, r.activity_id, e.source,
        r.start_local
    FROM best_efforts AS e JOIN runs AS r ON r.activity_id = e.activity_id
    WHERE NOT e.flagged
),
scored AS (
    SELECT
        *,
        CASE unit WHEN 's' THEN -value ELSE value END AS score,
        max(CASE unit WHEN 's' THEN -value ELSE value END) OVER (
            PARTITION BY kind
            ORDER BY achieved, activity_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before
    FROM candidates
)
SELECT kind, value, unit, date, period, activity_id, source
FROM scored
WHERE best_before IS NULL OR score > best_before + 1e-9
ORDER BY place, kind, achieved, activity_id

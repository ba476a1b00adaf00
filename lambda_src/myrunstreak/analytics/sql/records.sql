-- One row per personal best at the time it was set, in that order within its kind: the last one holds. Where the pace of
-- a longer effort beats what was measured over a distance, the bound comes last. best_holders says what a best is.
WITH breaks AS (
    SELECT
        6 AS place,
        behind - end_date - 1 AS value,
        end_date + 1 AS date,
        end_date + 1 || '/' || behind - 1 AS period,
        behind AS achieved,
        NULL AS activity_id,
        NULL AS week_starts_early
    -- Days that are not known yet are no break.
    FROM (
        SELECT end_date, next_start, least(next_start, CAST($unknown_from AS DATE)) AS behind
        FROM (
            SELECT end_date, lead(start_date) OVER (ORDER BY start_date) AS next_start
            FROM {streaks_in}('{stored}daily_sums', (SELECT CAST($minimum_km AS DOUBLE)))
        )
    )
    WHERE next_start IS NOT NULL
),
holders AS (
    SELECT place, kind, value, date, NULL AS period, activity_id, source, achieved, bounded_by
    FROM {stored}best_holders
    WHERE week_starts_early IS NULL OR week_starts_early = {shift}
    UNION ALL
    SELECT place, 'longest_break', value, date, period, NULL, NULL, achieved, NULL
    FROM bests_among('breaks')
)
SELECT
    kind,
    value,
    CASE WHEN place > 7 THEN 's' WHEN place = 6 THEN 'days' ELSE 'km' END AS unit,
    CASE WHEN place BETWEEN 3 AND 6 THEN NULL ELSE date END AS date,
    CASE place
        WHEN 3 THEN strftime(date + {shift}, '%G-W%V')
        WHEN 4 THEN strftime(date, '%Y-%m')
        WHEN 5 THEN strftime(date, '%Y')
        ELSE period
    END AS period,
    activity_id,
    source,
    bounded_by,
    CAST(coalesce(achieved, date) AS DATE) AS set_on
FROM holders
ORDER BY place, bounded_by NULLS FIRST, achieved, activity_id

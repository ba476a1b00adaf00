-- One row per year, month or week with a run, newest first.
SELECT
    CASE $unit
        WHEN 'year' THEN strftime(start_date, '%Y')
        WHEN 'month' THEN strftime(start_date, '%Y-%m')
        ELSE strftime(start_date + $shift, '%G-W%V')
    END AS period,
    start_date,
    CAST(
        start_date
        + CASE $unit
            WHEN 'year' THEN INTERVAL 1 YEAR WHEN 'month' THEN INTERVAL 1 MONTH ELSE INTERVAL 7 DAY
        END AS DATE
    ) - 1 AS end_date,
    * EXCLUDE (start_date)
FROM periods_of_days('{stored}daily_sums', $unit, shift := $shift)
ORDER BY start_date DESC

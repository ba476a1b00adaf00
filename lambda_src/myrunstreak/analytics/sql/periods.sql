-- One row per year, month or week with a run, newest first.
SELECT
    strftime(start_date + {shift}, '{label}') AS period,
    start_date,
    CAST(start_date + INTERVAL {step} AS DATE) - 1 AS end_date,
    * EXCLUDE (start_date)
FROM periods_of_days('{stored}daily_sums', '{unit}', shift := {shift})
ORDER BY start_date DESC

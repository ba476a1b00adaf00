-- One row: what tells the runner's present day: the UTC offset of the latest run whose offset can be true, and
-- the days around it that have a run.
SELECT
    (
        SELECT utc_offset_minutes
        FROM runs
        WHERE utc_offset_minutes IS NOT NULL AND NOT offset_suspect
        ORDER BY start_local DESC, activity_id DESC
        LIMIT 1
    ) AS utc_offset_minutes,
    (
        SELECT list(DISTINCT start_date)
        FROM runs
        WHERE start_date BETWEEN $first_day AND $last_day
    ) AS days

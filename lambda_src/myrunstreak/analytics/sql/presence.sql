-- One row: what tells the runner's present day: the UTC offset of the latest run whose offset can be true, and
-- the days around it, and around that of data_as_of, that have a run.
SELECT
    arg_max(utc_offset_minutes, (start_local, activity_id)) FILTER (NOT offset_suspect) AS utc_offset_minutes,
    list(DISTINCT start_date) FILTER (
        start_date BETWEEN $first_day AND $last_day OR start_date BETWEEN $then_first AND $then_last
    ) AS days
FROM run_measures

-- One row per gap in which something was recorded: live runs of the types that count, runs deleted at Smashrun, and other
-- activities with the names of their types.
SELECT
    gaps.start_date,
    count(*) FILTER (lives AND counts) AS runs,
    count(*) FILTER (NOT lives) AS deleted,
    count(*) FILTER (lives AND NOT counts) AS other_activities,
    coalesce(list_sort(list(DISTINCT activity_type) FILTER (lives AND NOT counts)), []) AS other_types
FROM (
    SELECT
        unnest(CAST($first_days AS DATE[])) AS start_date,
        unnest(CAST($last_days AS DATE[])) AS end_date
) AS gaps
JOIN (
    SELECT
        start_date,
        activity_type,
        deleted_at IS NULL AS lives,
        counts_as(activity_type, activity_types()) AS counts
    FROM activities
) AS recorded ON recorded.start_date BETWEEN gaps.start_date AND gaps.end_date
GROUP BY gaps.start_date

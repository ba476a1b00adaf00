-- One row per run whose details are newer than what is stored: the newest of them.
CREATE OR REPLACE TEMP TABLE detail AS
WITH records AS ({records}),
transformed AS (
    SELECT observed_at, json_transform(raw, '{structure}') AS a FROM records
),
newest AS (
    SELECT
        a."activityId" AS activity_id,
        max(observed_at) AS observed_at,
        arg_max(a, observed_at) AS a
    FROM transformed
    WHERE a."activityId" IS NOT NULL AND (NOT $from_lists OR a."recordingKeys" IS NOT NULL)
    GROUP BY a."activityId"
)
SELECT
    n.activity_id, n.observed_at, n.a."recordingKeys" AS keys, n.a."recordingValues" AS vals,
    n.a."pauseIndexes" AS pauses, n.a.laps
FROM newest AS n
JOIN activities AS e ON e.activity_id = n.activity_id
WHERE n.observed_at >= e.first_seen_at AND (e.details_at IS NULL OR n.observed_at > e.details_at)

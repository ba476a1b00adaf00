-- One row: of the runs that have a recording at Smashrun, how many have theirs here and how many wait for it, without
-- those that were asked for in vain too often; and how many requests that makes, with recordings that are fetched again.
WITH waiting AS (
    SELECT q.activity_id, q.attempts < $attempts AS pending
    FROM details_queue AS q JOIN runs AS r ON r.activity_id = q.activity_id
)
SELECT
    count(*) FILTER (a.details_at IS NOT NULL) AS recordings,
    count(*) FILTER (a.details_at IS NULL AND q.pending) AS pending,
    count(*) FILTER (a.details_at IS NOT NULL OR q.activity_id IS NOT NULL) AS all_there_are,
    (SELECT count(*) FROM waiting WHERE pending) AS queued
FROM run_measures AS r
JOIN activities AS a ON a.activity_id = r.activity_id
LEFT JOIN waiting AS q ON q.activity_id = r.activity_id
WHERE a.has_details

-- One row: of the runs that have a recording at Smashrun, how many have theirs here and how many wait for it; and
-- how many runs wait in all, those too whose recording is fetched again.
SELECT
    count(*) FILTER (a.details_at IS NOT NULL) AS recordings,
    count(*) FILTER (a.details_at IS NULL AND q.activity_id IS NOT NULL) AS pending,
    (SELECT count(*) FROM details_queue JOIN runs USING (activity_id)) AS queued
FROM run_measures AS r
JOIN activities AS a ON a.activity_id = r.activity_id
LEFT JOIN details_queue AS q ON q.activity_id = r.activity_id
WHERE a.has_details

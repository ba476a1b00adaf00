-- One row per run and unit: which answer about its splits is the newest. One from before the details that are stored
-- belongs to another state of the run.
CREATE OR REPLACE TEMP TABLE newest_answers AS
SELECT
    n.activity_id,
    n.unit,
    max(n.observed_at) AS observed_at,
    arg_max(n.rowid, n.observed_at) FILTER (n.splits IS NOT NULL) AS row_id
FROM answers AS n
JOIN activities AS e ON e.activity_id = n.activity_id
WHERE n.observed_at >= e.first_seen_at AND (e.details_at IS NULL OR n.observed_at >= e.details_at)
GROUP BY n.activity_id, n.unit

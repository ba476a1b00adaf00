-- One row per run that the staged records name: what they change, and the run's history.
CREATE OR REPLACE TEMP TABLE incoming AS
WITH observed AS (
    SELECT activity_id, observed_at, content_hash, rowid AS row_id FROM staged WHERE NOT malformed
),
existing AS (
    SELECT activity_id, content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at
    FROM activities
    WHERE activity_id IN (SELECT activity_id FROM observed)
),
history AS (
    SELECT activity_id, observed_at, content_hash, row_id FROM observed
    UNION ALL
    SELECT activity_id, synced_at, content_hash, NULL FROM existing
),
-- One row per observation: whether its content differs from the one before.
steps AS (
    SELECT *, content_hash IS DISTINCT FROM lag(content_hash) OVER (
        PARTITION BY activity_id ORDER BY observed_at, row_id NULLS LAST
    ) AS changed
    FROM history
),
-- One row per run: its newest content, when that was first seen, when the run was.
folded AS (
    SELECT
        activity_id,
        arg_max(coalesce(row_id, -1), (observed_at, coalesce(row_id, 9223372036854775807))) AS row_id,
        max(observed_at) FILTER (changed) AS synced_at,
        min(observed_at) AS first_observed_at,
        max(observed_at) FILTER (row_id IS NOT NULL) AS last_observed_at
    FROM steps
    GROUP BY activity_id
)
SELECT
    f.activity_id,
    f.row_id,
    f.synced_at,
    least(f.first_observed_at, e.first_seen_at) AS first_seen_at,
    e.details_at,
    e.splits_at,
    CASE WHEN e.deleted_at > f.last_observed_at THEN e.deleted_at END AS deleted_at,
    e.activity_id IS NULL AS is_new,
    e.activity_id IS NOT NULL AND f.row_id >= 0 AND f.synced_at > e.synced_at AS is_updated,
    -- Seen earlier than was known. What a summary was completed with may be from later: it dates nothing.
    coalesce($form = 'extended' AND f.synced_at < e.synced_at, false) AS is_older,
    coalesce(f.first_observed_at < e.first_seen_at, false) AS is_earlier,
    coalesce(e.deleted_at <= f.last_observed_at, false) AS is_revived
FROM folded AS f
LEFT JOIN existing AS e ON e.activity_id = f.activity_id

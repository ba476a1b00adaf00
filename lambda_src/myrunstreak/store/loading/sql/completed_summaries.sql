-- One row per staged record, in the same order. A summary keeps what only the extended form carries as it is stored,
-- unknown fields included.
CREATE OR REPLACE TEMP TABLE staged AS
WITH completed AS (
    SELECT
        s.rowid AS row_id,
        s.* REPLACE (coalesce(json_merge_patch(e.extra, s.extra), e.extra, s.extra) AS extra),
        {kept_columns}
    FROM staged AS s
    LEFT JOIN activities AS e ON e.activity_id = s.activity_id
)
SELECT * EXCLUDE (row_id) REPLACE ({content_hash} AS content_hash)
FROM completed
ORDER BY row_id

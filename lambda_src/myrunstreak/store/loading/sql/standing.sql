-- One row per record that waits in quarantine once the staged records are stored. The newest observation decides: a later
-- record of the same run, good or not, settles an older one. A record without an id is known by its figures. A settled
-- record that is seen again waits again.
CREATE OR REPLACE TEMP TABLE standing AS
WITH refusals AS (
    SELECT
        md5(CAST(malformed_raw AS VARCHAR)) AS record_hash,
        activity_id,
        CAST(malformed_raw AS VARCHAR) AS raw,
        $form AS form,
        observed_at,
        rowid AS row_id
    FROM staged
    WHERE malformed
    UNION ALL
    SELECT record_hash, activity_id, raw, form, first_seen_at, -1 FROM quarantine
),
figures AS (
    SELECT DISTINCT record_hash, activity_id, TRY_CAST(raw AS JSON) AS record FROM refusals
),
-- One row per record that another one settled, and when that was seen last. A run on the very page that lists a record
-- without an id is another run.
settled AS (
    SELECT
        r.record_hash,
        max((s.observed_at, CASE WHEN r.activity_id IS NULL THEN -1 ELSE s.rowid END)) AS last_settled
    FROM figures AS r
    JOIN staged AS s
        ON (NOT s.malformed OR md5(CAST(s.malformed_raw AS VARCHAR)) <> r.record_hash)
        AND (
            s.activity_id = r.activity_id
            OR (
                r.activity_id IS NULL
                AND NOT s.malformed
                AND s.start = (r.record ->> '$.startDateTimeLocal')
                AND s.distance_km IS NOT DISTINCT FROM TRY_CAST(r.record ->> '$.distance' AS DOUBLE)
            )
        )
    GROUP BY r.record_hash
)
SELECT
    r.record_hash,
    any_value(r.activity_id) AS activity_id,
    any_value(r.raw) AS raw,
    arg_min(r.form, (r.observed_at, r.row_id)) AS form,
    min(r.observed_at) AS first_seen_at
FROM refusals AS r
LEFT JOIN settled AS s ON s.record_hash = r.record_hash
WHERE s.last_settled IS NULL OR (r.observed_at, r.row_id) > s.last_settled
GROUP BY r.record_hash

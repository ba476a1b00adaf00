-- One row per record, typed, in the order read. It is one statement from the files to the hash, which DuckDB runs through
-- several files at once.
CREATE OR REPLACE TEMP TABLE staged AS
WITH records AS ({records}),
transformed AS (
    SELECT observed_at, raw, json_transform(raw, '{structure}') AS a FROM records
),
typed AS (
    SELECT
        observed_at,
        raw,
        a,
        {typed_columns},
        TRY_CAST(left(start, 10) AS DATE) AS start_date,
        TRY_CAST(regexp_extract(start, '^[0-9-]+([T ][0-9:]+)?') AS TIMESTAMP) AS start_local,
        nullif(regexp_extract(start, '(Z|[+-]\d\d:?\d\d)$', 1), '') AS utc_offset
    FROM transformed
),
judged AS (
    SELECT
        * EXCLUDE (a, utc_offset),
        CASE
            WHEN utc_offset = 'Z' THEN 0
            ELSE (CASE WHEN utc_offset[1] = '-' THEN -1 ELSE 1 END)
                * (CAST(utc_offset[2:3] AS INTEGER) * 60 + CAST(right(utc_offset, 2) AS INTEGER))
        END AS utc_offset_minutes,
        -- Few records carry more than what is known to be there: only these are looked through.
        CASE WHEN len(json_keys(raw)) > {known_present} THEN
            CASE
                WHEN len(list_filter(
                    json_keys(raw), key -> NOT list_contains(getvariable('known_fields'), key)
                )) > 0
                THEN nullif(json_merge_patch('{}', json_merge_patch(raw, $patch)), '{}')
            END
        END AS extra,
        ({malformed}) AS malformed,
        json_type(a."recordingKeys") = 'ARRAY' AS has_recording
    FROM typed
)
SELECT
    {columns},
    start_local,
    start_date,
    utc_offset_minutes,
    coalesce(
        utc_offset_minutes NOT BETWEEN -720 AND 840
            OR start_local - to_minutes(coalesce(utc_offset_minutes, 0)) > observed_at,
        false
    ) OR (
        -- GPS counts 1,024 weeks and begins again: a watch that does not know dates its runs 7,168 days back, while
        -- Smashrun says when it got them. An upload may be two days late.
        lower(coalesce(source, '')) <> 'manual'
        AND (
            coalesce(abs(date_diff('second', start_local, created_utc) / 86400 - 7168) <= 2, false)
            OR coalesce(abs(date_diff('second', start_local, uploaded_utc) / 86400 - 7168) <= 2, false)
        )
    ) AS offset_suspect,
    extra,
    {content_hash} AS content_hash,
    start,
    observed_at,
    malformed,
    has_recording,
    CASE WHEN malformed THEN raw END AS malformed_raw
FROM judged

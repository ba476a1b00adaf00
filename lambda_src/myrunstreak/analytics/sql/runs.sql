-- One row per run, filtered and sorted, after the run that the cursor names. Runs without a value to sort by come last
-- in either direction.
WITH asked AS (
    SELECT
        CAST($since AS DATE) AS since,
        CAST($until AS DATE) AS until,
        CAST($min_km AS DOUBLE) AS min_km,
        CAST($max_km AS DOUBLE) AS max_km,
        CAST($race AS BOOLEAN) AS race,
        CAST($treadmill AS BOOLEAN) AS treadmill,
        CAST($types AS VARCHAR[]) AS types,
        CAST($sort_key AS DOUBLE) AS after_key,
        {direction} * CAST($activity_id AS HUGEINT) AS after_tie
),
fitting AS (
    SELECT r.*, asked.after_key, asked.after_tie, r.duration_s / nullif(r.distance_km, 0) AS pace
    FROM runs AS r CROSS JOIN asked
    WHERE (asked.since IS NULL OR r.start_date >= asked.since)
        AND (asked.until IS NULL OR r.start_date <= asked.until)
        AND (asked.min_km IS NULL OR r.distance_km >= asked.min_km)
        AND (asked.max_km IS NULL OR r.distance_km <= asked.max_km)
        AND (asked.race IS NULL OR coalesce(r.is_race, false) = asked.race)
        AND (asked.treadmill IS NULL OR coalesce(r.is_treadmill, false) = asked.treadmill)
        AND (asked.types IS NULL OR counts_as(r.activity_type, asked.types))
),
ordered AS (
    SELECT
        *,
        coalesce({direction} * {sort_by}, 1e300) AS sort_key,
        {direction} * CAST(activity_id AS HUGEINT) AS tie
    FROM fitting
)
SELECT
    activity_id,
    strftime(start_local, '%Y-%m-%dT%H:%M:%S') AS start_local,
    start_date,
    activity_type,
    utc_offset_minutes,
    distance_km,
    duration_s,
    CASE WHEN pace > 0 THEN pace END AS pace_s_per_km,
    heart_rate_avg,
    heart_rate_max,
    cadence_avg,
    elevation_gain_m,
    calories,
    temperature_c,
    weather_type,
    terrain,
    how_felt,
    is_race,
    is_treadmill,
    city,
    country,
    source,
    sort_key
FROM ordered
WHERE after_key IS NULL OR (sort_key, tie) > (after_key, after_tie)
ORDER BY ordered.sort_key, tie
LIMIT CAST($rows AS BIGINT)

-- One row per run, filtered and sorted, after the run that the cursor names. Runs without a value to sort by come last
-- in either direction.
WITH fitting AS (
    SELECT
        *,
        duration_s / nullif(distance_km, 0) AS pace
    FROM runs
    WHERE ($since IS NULL OR start_date >= $since)
        AND ($until IS NULL OR start_date <= $until)
        AND ($min_km IS NULL OR distance_km >= $min_km)
        AND ($max_km IS NULL OR distance_km <= $max_km)
        AND ($race IS NULL OR coalesce(is_race, false) = $race)
        AND ($treadmill IS NULL OR coalesce(is_treadmill, false) = $treadmill)
        AND ($types IS NULL OR counts_as(activity_type, CAST($types AS VARCHAR[])))
),
ordered AS (
    SELECT
        *,
        coalesce(
            $direction
            * CASE $order
                WHEN 'start' THEN CAST(epoch_us(start_local) AS DOUBLE)
                WHEN 'distance' THEN distance_km
                WHEN 'duration' THEN duration_s
                ELSE CASE WHEN pace > 0 THEN pace END
            END,
            1e300
        ) AS sort_key,
        $direction * CAST(activity_id AS HUGEINT) AS tie
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
WHERE $sort_key IS NULL OR (sort_key, tie) > ($sort_key, $direction * CAST($activity_id AS HUGEINT))
ORDER BY ordered.sort_key, tie
LIMIT $rows

-- One row per sample of the recordings in detail, in the order recorded. What a watch's file holds for "no value" (255,
-- 65535, 4294967295, whatever the unit makes of it) is outside of the bounds below or among the markers, and is no sample.
-- A heart rate or a cadence of 0 is no reading.
CREATE OR REPLACE TEMP TABLE points AS
WITH series AS (
    SELECT
        activity_id,
        observed_at,
        pauses,
        len(vals[1]) AS samples,
        -- A distance of 65535 m or dm may be true: then the way before it leads up to it.
        CASE
            WHEN list_has_any(vals[list_position(keys, 'distance')], {markers})
            THEN list_transform(vals[list_position(keys, 'distance')], lambda km, place: CASE
                WHEN NOT list_contains({markers}, km) OR km - 1 < coalesce(list_max(list_filter(
                    vals[list_position(keys, 'distance')][:place - 1], lambda past: NOT list_contains({markers}, past)
                )), 0)
                THEN km
            END)
            ELSE vals[list_position(keys, 'distance')]
        END AS distance,
        vals[list_position(keys, 'clock')] AS clock,
        vals[list_position(keys, 'duration')] AS duration,
        vals[list_position(keys, 'latitude')] AS latitude,
        vals[list_position(keys, 'longitude')] AS longitude,
        vals[list_position(keys, 'elevation')] AS elevation,
        vals[list_position(keys, 'heartRate')] AS heartRate,
        vals[list_position(keys, 'cadence')] AS cadence,
        vals[list_position(keys, 'temperature')] AS temperature,
        vals[list_position(keys, 'power')] AS power,
        vals[list_position(keys, 'speed')] AS speed
    FROM detail
    WHERE len(keys) > 0
        AND len(keys) = len(vals)
        AND len(list_distinct(list_transform(vals, one -> len(one)))) = 1
        AND NOT list_contains(list_transform(vals, one -> one IS NULL), true)
),
samples AS (
    SELECT
        activity_id,
        observed_at,
        pauses,
        unnest(range(samples)) AS point,
        unnest(distance) AS distance,
        unnest(clock) AS clock,
        unnest(duration) AS duration,
        unnest(latitude) AS latitude,
        unnest(longitude) AS longitude,
        unnest(elevation) AS elevation,
        unnest(heartRate) AS heartRate,
        unnest(cadence) AS cadence,
        unnest(temperature) AS temperature,
        unnest(power) AS power,
        unnest(speed) AS speed
    FROM series
    WHERE samples > 0
),
-- On the globe. A lost fix is -1/-1, or 0/0; a coordinate without the other is no place.
located AS (
    SELECT
        *,
        coalesce(
            abs(latitude) <= 90 AND abs(longitude) <= 180 AND NOT (latitude = longitude AND latitude IN (0, -1)), false
        ) AS is_place
    FROM samples
)
SELECT
    activity_id,
    observed_at,
    CAST(point AS INTEGER) AS point,
    -- The last second before 2^31 - 1, which says "no value": a clock may go on at the seconds of an epoch.
    CASE WHEN clock BETWEEN 0 AND 2147483646 THEN clock END AS clock_s,
    CASE WHEN duration BETWEEN 0 AND 2147483646 THEN duration END AS duration_s,
    CASE WHEN distance BETWEEN 0 AND {most_km} THEN distance END AS distance_km,
    CASE WHEN is_place THEN latitude END AS latitude,
    CASE WHEN is_place THEN longitude END AS longitude,
    CASE WHEN elevation BETWEEN -1000 AND 10000 THEN elevation END AS elevation_m,
    CASE WHEN heartRate BETWEEN 0.5 AND 254 THEN heartRate END AS heart_rate,
    CASE WHEN cadence BETWEEN 0.5 AND 1000 THEN cadence END AS cadence,
    CASE WHEN temperature BETWEEN -100 AND 100 THEN temperature END AS temperature_c,
    CASE WHEN power BETWEEN -10000 AND 10000 THEN power END AS power_w,
    CASE WHEN speed BETWEEN 0 AND 10000 THEN speed END AS speed_kph,
    coalesce(list_contains(pauses, point), false) AS after_pause
FROM located

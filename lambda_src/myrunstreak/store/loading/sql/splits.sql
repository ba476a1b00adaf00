-- One row per run, unit and split: computed from points.
INSERT INTO splits
WITH units (unit, unit_km) AS (VALUES ('km', 1.0), ('mi', {mile_km})),
-- Recordings without a moving time have the clock, less what a pause adds to a usual step.
ticks AS (
    SELECT activity_id, point, clock_s, after_pause, clock_s - lag(clock_s) OVER way AS step_s
    FROM points
    WHERE clock_s IS NOT NULL
        AND activity_id IN (SELECT activity_id FROM points GROUP BY activity_id HAVING count(duration_s) = 0)
    WINDOW way AS (PARTITION BY activity_id ORDER BY point)
),
usual AS (
    SELECT activity_id, median(step_s) AS step_s FROM ticks GROUP BY activity_id
),
moved AS (
    SELECT
        t.activity_id,
        t.point,
        first_value(t.clock_s) OVER way
            -- Decimals, since the engine adds up a window in pieces that depend on its neighbours.
            + coalesce(CAST(sum(TRY_CAST(
                CASE WHEN t.after_pause THEN least(t.step_s, u.step_s) ELSE t.step_s END AS DECIMAL(24, 6)
            )) OVER way AS DOUBLE), 0)
            AS duration_s
    FROM ticks AS t JOIN usual AS u ON u.activity_id = t.activity_id
    WINDOW way AS (PARTITION BY t.activity_id ORDER BY t.point)
),
-- The way covered never shrinks; a sample without distance or time says nothing about splits.
track AS (
    SELECT
        p.activity_id,
        p.point,
        max(p.distance_km) OVER way AS distance_km,
        coalesce(p.duration_s, m.duration_s) AS duration_s,
        p.elevation_m,
        p.heart_rate
    FROM points AS p LEFT JOIN moved AS m ON m.activity_id = p.activity_id AND m.point = p.point
    WHERE isfinite(p.distance_km) AND isfinite(coalesce(p.duration_s, m.duration_s))
    WINDOW way AS (PARTITION BY p.activity_id ORDER BY p.point)
),
steps AS (
    SELECT
        *,
        coalesce(lag(distance_km) OVER way, 0) AS from_km,
        coalesce(lag(duration_s) OVER way, 0) AS from_s,
        coalesce(lag(elevation_m) OVER way, elevation_m) AS from_m
    FROM track
    WINDOW way AS (PARTITION BY activity_id ORDER BY point)
),
-- The samples themselves, and one more wherever a whole unit is passed.
marks AS (
    SELECT activity_id, unit, unit_km, point, distance_km, duration_s, elevation_m, heart_rate, true AS sampled
    FROM steps CROSS JOIN units
    UNION ALL
    SELECT
        activity_id,
        unit,
        unit_km,
        point,
        number * unit_km,
        from_s + (number * unit_km - from_km) / (distance_km - from_km) * (duration_s - from_s),
        from_m + (number * unit_km - from_km) / (distance_km - from_km) * (elevation_m - from_m),
        NULL,
        false
    FROM (
        SELECT
            *,
            unnest(range(
                CAST(floor(from_km / unit_km) AS BIGINT) + 1,
                CAST(ceil(distance_km / unit_km) AS BIGINT)
            )) AS number
        FROM steps CROSS JOIN units
        WHERE distance_km > from_km AND floor(from_km / unit_km) + 1 < ceil(distance_km / unit_km)
    )
),
-- Each stretch between two marks belongs to the split in which it ends; the start belongs to the first.
stretches AS (
    SELECT
        *,
        greatest(1, CAST(ceil(round(distance_km / unit_km, 9)) AS INTEGER)) AS split_number,
        distance_km - coalesce(lag(distance_km) OVER way, 0) AS stretch_km,
        duration_s - coalesce(lag(duration_s) OVER way, 0) AS stretch_s,
        elevation_m - lag(elevation_m) OVER way AS climb_m,
        row_number() OVER way AS mark
    FROM marks
    WINDOW way AS (PARTITION BY activity_id, unit ORDER BY distance_km, point, sampled)
),
-- They are summed in their order: sums of fractions in any other differ in the last digit, and a rebuild would too.
-- One ordered list serves all sums; an ordered sum each would sort the stretches anew.
gathered AS (
    SELECT
        activity_id,
        unit,
        split_number,
        list({
            'km': stretch_km,
            's': stretch_s,
            'gain_m': CASE WHEN climb_m IS NOT NULL THEN greatest(climb_m, 0) END,
            'loss_m': CASE WHEN climb_m IS NOT NULL THEN greatest(-climb_m, 0) END,
            'heart_rate': CASE WHEN sampled AND distance_km > 0 THEN heart_rate END
        } ORDER BY mark) AS way
    FROM stretches
    GROUP BY activity_id, unit, split_number
),
summed AS (
    SELECT
        activity_id,
        unit,
        split_number,
        list_sum(list_transform(way, lambda part: part.km)) AS distance_km,
        list_sum(list_transform(way, lambda part: part.s)) AS duration_s,
        list_avg(list_transform(way, lambda part: part.heart_rate)) AS heart_rate_avg,
        list_sum(list_transform(way, lambda part: part.gain_m)) AS elevation_gain_m,
        list_sum(list_transform(way, lambda part: part.loss_m)) AS elevation_loss_m
    FROM gathered
)
SELECT
    activity_id,
    unit,
    split_number,
    distance_km,
    duration_s,
    nullif(duration_s, 0) / nullif(distance_km, 0) AS pace_s_per_km,
    heart_rate_avg,
    elevation_gain_m,
    elevation_loss_m
FROM summed
-- A tail of less than a centimetre is rounding, not a split.
WHERE distance_km >= 0.00001
ORDER BY activity_id, unit, split_number

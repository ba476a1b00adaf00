-- One row per run, unit and split. Smashrun's own splits are running totals in the unit asked for; their differences are
-- stored.
INSERT INTO splits
WITH rows AS (
    SELECT
        activity_id,
        unit,
        unnest(splits) AS total,
        unnest([NULL] || splits[:-2]) AS past,
        generate_subscripts(splits, 1) AS split_number
    FROM answers
    WHERE rowid IN (SELECT row_id FROM newest_answers)
),
steps AS (
    SELECT
        activity_id,
        unit,
        split_number,
        (total.distance - coalesce(past.distance, 0)) * CASE unit WHEN 'mi' THEN {mile_km} ELSE 1 END AS distance_km,
        total.seconds - coalesce(past.seconds, 0) AS duration_s,
        total.heartRate AS heart_rate_avg,
        total.elevationGain - coalesce(past.elevationGain, 0) AS elevation_gain_m,
        total.elevationLoss - coalesce(past.elevationLoss, 0) AS elevation_loss_m
    FROM rows
)
SELECT
    activity_id, unit, split_number, distance_km, duration_s, duration_s / nullif(distance_km, 0),
    CASE WHEN heart_rate_avg BETWEEN 0 AND 1000 THEN heart_rate_avg END,
    CASE WHEN elevation_gain_m BETWEEN 0 AND {most_m} THEN elevation_gain_m END,
    CASE WHEN elevation_loss_m BETWEEN 0 AND {most_m} THEN elevation_loss_m END
FROM steps
WHERE distance_km BETWEEN 0.00001 AND {most_km} AND duration_s BETWEEN 0 AND {most_s}
ORDER BY activity_id, unit, split_number

-- One row per split of a run.
SELECT split_number, distance_km, duration_s, pace_s_per_km, heart_rate_avg, elevation_gain_m, elevation_loss_m
FROM splits
WHERE activity_id = $activity_id AND unit = $unit
ORDER BY split_number

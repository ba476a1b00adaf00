-- One row per lap of a run.
SELECT lap_number, lap_type, end_duration_s, end_distance
FROM laps
WHERE activity_id = $activity_id
ORDER BY lap_number

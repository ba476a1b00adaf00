-- One row per run of a day, deleted ones too, in their order.
SELECT activity_id, strftime(start_local, '%Y-%m-%dT%H:%M:%S') AS start_local, distance_km, duration_s,
    activity_type, deleted_at IS NULL AS lives, counts_as(activity_type, activity_types()) AS is_counted_type
FROM activities
WHERE start_date = $day
ORDER BY activities.start_local, activity_id

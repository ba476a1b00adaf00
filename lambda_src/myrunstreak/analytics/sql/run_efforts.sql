-- One row per distance: a run's fastest stretch over it, and a flagged one where there is one.
SELECT distance, distance_m, elapsed_s, offset_s, source, flagged
FROM best_efforts
WHERE activity_id = $activity_id
ORDER BY distance_m, flagged

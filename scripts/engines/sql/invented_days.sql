-- One row per runner and day of the invented runs, as a record's view `daily` has it.
SELECT runner_id, start_date AS day, sum(distance_km) AS km, count(*) AS runs
FROM {invented_runs}
GROUP BY runner_id, start_date
ORDER BY runner_id, day

-- One row per streak, oldest first.
SELECT start_date, end_date
FROM {streaks_in}('{stored}daily_sums', (SELECT CAST($minimum_km AS DOUBLE)))
ORDER BY start_date

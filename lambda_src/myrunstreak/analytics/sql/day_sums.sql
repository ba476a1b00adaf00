-- One row per day with a run, oldest first.
SELECT date, distance_km FROM {stored}daily_sums ORDER BY date

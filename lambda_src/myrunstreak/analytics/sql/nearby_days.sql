-- One row per day with a run around now, and around data_as_of.
SELECT date
FROM {stored}daily_sums
WHERE date BETWEEN CAST($first_day AS DATE) AND CAST($last_day AS DATE)
    OR date BETWEEN CAST($then_first AS DATE) AND CAST($then_last AS DATE)

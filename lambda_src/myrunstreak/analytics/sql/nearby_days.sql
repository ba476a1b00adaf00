-- One row per day with a run around now, and around data_as_of.
SELECT date
FROM {stored}daily_sums
WHERE date BETWEEN $first_day AND $last_day OR date BETWEEN $then_first AND $then_last

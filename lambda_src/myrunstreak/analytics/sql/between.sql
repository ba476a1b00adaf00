-- One row: what the days from $first_day to $last_day add up to.
SELECT * FROM figures_in('run_measures', $first_day, $last_day)

-- Two rows: what each of two spans of days adds up to, in their order.
SELECT 1 AS place, * FROM figures_in('run_measures', $first_from, $first_to)
UNION ALL
SELECT 2, * FROM figures_in('run_measures', $second_from, $second_to)
ORDER BY place

-- Two rows: what each of two spans of days adds up to, in their order.
SELECT 1 AS place, * FROM figures_between($first_from, $first_to)
UNION ALL
SELECT 2, * FROM figures_between($second_from, $second_to)
ORDER BY place

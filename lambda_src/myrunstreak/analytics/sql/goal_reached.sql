-- One row: the day on which the runs from $first_day to $last_day add up to the goal; NULL where they do not.
SELECT min(date) AS reached_on
FROM (
    SELECT date, sum(distance_km) OVER (ORDER BY date) AS total_km
    FROM {stored}daily_sums
    WHERE date BETWEEN CAST($first_day AS DATE) AND CAST($last_day AS DATE)
)
WHERE total_km >= CAST($goal_km AS DOUBLE) - 1e-9

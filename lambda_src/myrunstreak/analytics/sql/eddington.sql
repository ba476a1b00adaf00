-- One row per unit: the largest E with at least E days of at least E units, and how many more days it takes to reach E + 1.
-- E is the largest of the smaller of n and the number of days of at least n.
WITH days AS (
    SELECT unnest(['km', 'mi']) AS unit, CAST(floor(distance_km / unnest([1.0, CAST($mile_km AS DOUBLE)]) + 1e-9) AS BIGINT) AS whole
    FROM {stored}daily_sums
),
counted AS (
    SELECT unit, whole, sum(count(*)) OVER (PARTITION BY unit ORDER BY whole DESC) AS days
    FROM days
    GROUP BY unit, whole
),
numbers AS (
    SELECT unit, CAST(max(least(whole, days)) AS BIGINT) AS number FROM counted GROUP BY unit
)
SELECT
    n.unit,
    n.number,
    CAST(n.number + 1 - coalesce(max(c.days) FILTER (c.whole > n.number), 0) AS BIGINT) AS days_to_next
FROM numbers AS n JOIN counted AS c ON c.unit = n.unit
GROUP BY n.unit, n.number

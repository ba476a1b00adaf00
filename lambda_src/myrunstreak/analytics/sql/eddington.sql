-- One row per unit: the largest E with at least E days of at least E units, and how many such days E + 1 lacks.
WITH days AS (
    SELECT unit, CAST(floor(distance_km / unit_km + 1e-9) AS BIGINT) AS whole
    FROM daily CROSS JOIN (VALUES ('km', 1.0), ('mi', 1.60934)) AS units (unit, unit_km)
),
ranked AS (
    SELECT unit, whole, row_number() OVER (PARTITION BY unit ORDER BY whole DESC) AS place FROM days
),
numbers AS (
    SELECT unit, whole, count(*) FILTER (whole >= place) OVER (PARTITION BY unit) AS number FROM ranked
)
SELECT unit, number, number + 1 - count(*) FILTER (whole > number) AS days_to_next
FROM numbers
GROUP BY unit, number

-- One row per split that ends beyond its run, of the runs whose splits are longer than they by more than rounding. Lengths
-- are added up as decimals: sums of fractions depend on their order.
CREATE OR REPLACE TEMP TABLE overlong AS
WITH overlong_runs AS (
    SELECT s.activity_id, s.unit, any_value(f.distance_km) AS run_km
    FROM splits AS s JOIN fitted AS f ON f.activity_id = s.activity_id
    GROUP BY s.activity_id, s.unit
    HAVING sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) > any_value(f.distance_km) + 0.01
),
lengths AS (
    SELECT
        s.*,
        r.run_km,
        sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) OVER (
            PARTITION BY s.activity_id, s.unit ORDER BY s.split_number
        ) AS until_km
    FROM splits AS s JOIN overlong_runs AS r ON r.activity_id = s.activity_id AND r.unit = s.unit
)
SELECT *, CAST(until_km AS DOUBLE) - distance_km AS from_km
FROM lengths
WHERE until_km > run_km + 0.00001

-- The lengths over which world_best_s_per_km knows a world's best, and its pace. A window over one of them that was
-- covered faster is impossible, and so is every stretch that contains it. One row each.
CREATE VIEW world_bests AS
SELECT CAST(km AS DOUBLE) AS distance_km, CAST(world_best_s_per_km(km) AS DOUBLE) AS pace_s_per_km
FROM (
    VALUES (0.1), (0.2), (0.4), (0.8), (1.0), (1.60934), (3.21869), (5.0), (10.0), (15.0), (20.0), (30.0), (50.0), (100.0)
) AS known (km);

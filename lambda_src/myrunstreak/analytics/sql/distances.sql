-- One row per distance of best efforts.
SELECT distance FROM effort_distances ORDER BY distance_km

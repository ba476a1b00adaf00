-- The lengths over which world_best_s_per_km knows a world's best, and its pace. A window over one of them that was
-- covered faster is impossible, and so is every stretch that contains it. One row each.
CREATE VIEW world_bests AS
SELECT CAST(km AS DOUBLE) AS distance_km, CAST(world_best_s_per_km(km) AS DOUBLE) AS pace_s_per_km
FROM (
    VALUES (0.1), (0.2), (0.4), (0.8), (1.0), (1.60934), (3.21869), (5.0), (10.0), (15.0), (20.0), (30.0), (50.0), (100.0)
) AS known (km);

-- What a recording gives and the run as it stands does not have: its distance was edited. A later edit brings it back.
-- Splits and best_efforts hold the rest; one row per split, and one per effort, whole as the recording gives them.
CREATE TABLE splits_beyond_run (
    activity_id BIGINT NOT NULL,
    unit VARCHAR NOT NULL,
    split_number INTEGER NOT NULL,
    distance_km DOUBLE NOT NULL,
    duration_s DOUBLE NOT NULL,
    pace_s_per_km DOUBLE,
    heart_rate_avg DOUBLE,
    elevation_gain_m DOUBLE,
    elevation_loss_m DOUBLE
);

CREATE TABLE efforts_beyond_run (
    activity_id BIGINT NOT NULL,
    distance VARCHAR NOT NULL,
    distance_m DOUBLE NOT NULL,
    elapsed_s DOUBLE NOT NULL,
    offset_s DOUBLE,
    source VARCHAR NOT NULL,
    flagged BOOLEAN NOT NULL,
    content_hash VARCHAR NOT NULL
);

-- Splits of runs that were edited before: the last one ends where the run does.
CREATE TEMP TABLE overlong AS
SELECT *, CAST(until_km AS DOUBLE) - distance_km AS from_km
FROM (
    SELECT
        s.*,
        a.distance_km AS run_km,
        sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) OVER (
            PARTITION BY s.activity_id, s.unit ORDER BY s.split_number
        ) AS until_km,
        sum(TRY_CAST(s.distance_km AS DECIMAL(30, 9))) OVER (PARTITION BY s.activity_id, s.unit) AS all_km
    FROM splits AS s JOIN activities AS a ON a.activity_id = s.activity_id
    WHERE a.distance_km IS NOT NULL
)
WHERE all_km > run_km + 0.01 AND until_km > run_km + 0.00001;

INSERT INTO splits_beyond_run
SELECT * EXCLUDE (run_km, until_km, all_km, from_km) FROM overlong
ORDER BY activity_id, unit, split_number;

DELETE FROM splits
WHERE (activity_id, unit, split_number) IN (SELECT (activity_id, unit, split_number) FROM overlong);

INSERT INTO splits
SELECT
    activity_id, unit, split_number, distance_km * share, duration_s * share, pace_s_per_km, heart_rate_avg,
    elevation_gain_m * share, elevation_loss_m * share
FROM (SELECT *, (run_km - from_km) / distance_km AS share FROM overlong WHERE run_km - from_km >= 0.00001)
ORDER BY activity_id, unit, split_number;

DROP TABLE overlong;

-- Efforts over distances that the run is not within 1 % of.
INSERT INTO efforts_beyond_run
SELECT e.*
FROM best_efforts AS e JOIN activities AS a ON a.activity_id = e.activity_id
WHERE e.source = 'recording' AND a.distance_km < e.distance_m / 1000 * 0.99 - 1e-9
ORDER BY e.activity_id, e.distance_m;

DELETE FROM best_efforts
WHERE source = 'recording' AND (activity_id, distance) IN (SELECT (activity_id, distance) FROM efforts_beyond_run);

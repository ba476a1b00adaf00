-- One row per run of the invented runners from $first to $last: each runs on four to ten days of ten, and now and then twice.
-- Everything follows from the seed by hashes, so that the same arguments give the same rows.
WITH cells AS (
    SELECT runner, day, hash(runner, day, CAST($seed AS BIGINT)) AS luck
    FROM range(CAST($first AS BIGINT), CAST($last AS BIGINT) + 1) AS runners (runner)
    CROSS JOIN range(CAST($days AS BIGINT)) AS days (day)
    WHERE hash(runner, day, CAST($seed AS BIGINT)) % 60 < 24 + runner * 16 % 37
),
runs AS (
    SELECT runner, day, unnest(CASE WHEN (luck >> 8) % 100 < 7 THEN [0, 1] ELSE [0] END) AS second, luck
    FROM cells
),
measured AS (
    SELECT *, hash(luck, second) AS chance, (runner * CAST($days AS BIGINT) + day) * 2 + second AS activity_id
    FROM runs
)
SELECT
    substr(md5(concat($seed, '/', runner)), 1, 26) AS runner_id,
    activity_id,
    TIMESTAMP '2023-01-01 05:00:00' + INTERVAL 1 DAY * day + INTERVAL 1 SECOND * (chance % 30000 + second * 30000) AS start_local,
    CAST(start_local AS DATE) AS start_date,
    60 AS utc_offset_minutes,
    false AS offset_suspect,
    (50000 + chance % 1500000) / 100000.0 AS distance_km,
    distance_km * (240 + (chance >> 16) % 180) AS duration_s,
    'running' AS activity_type,
    CAST(distance_km * 62 AS INTEGER) AS calories,
    CASE WHEN chance % 5 > 0 THEN CAST(120 + (chance >> 24) % 50 AS DOUBLE) END AS heart_rate_avg,
    chance % 97 = 0 AS is_race,
    'London' AS city
FROM measured

-- Days and personal bests as tables: every publication brings them up to date (store/stored_numbers.py), so that a
-- question reads them instead of all runs. The views of the same names without `stored_` are what they hold, and
-- answer wherever the tables are of other runs or of another choice of activities: see numbers_content.

-- One row per local day with a run. The pace of a period is the sum of paced_s over the sum of paced_km.
CREATE VIEW daily_sums AS
SELECT
    start_date AS date,
    count(*) AS runs,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(paced_s) AS paced_s,
    sum(paced_km) AS paced_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM run_measures
GROUP BY start_date;

CREATE OR REPLACE VIEW daily AS
SELECT
    date, runs, distance_km, duration_s, paced_s / paced_km AS pace_s_per_km, longest_run_km, elevation_gain_m
FROM daily_sums;

-- Its rows lie in the order of their days, and streaks_in_order relies on that.
CREATE TABLE stored_daily_sums (
    date DATE NOT NULL,
    runs BIGINT NOT NULL,
    distance_km DOUBLE NOT NULL,
    duration_s DOUBLE NOT NULL,
    paced_s DOUBLE,
    paced_km DOUBLE,
    longest_run_km DOUBLE,
    elevation_gain_m DOUBLE
);

-- streaks_in over days that lie in their order: without sorting them. DuckDB numbers the rows of a scan as they lie.
CREATE MACRO streaks_in_order(source, minimum_km) AS TABLE
SELECT
    min(date) AS start_date,
    max(date) AS end_date,
    count(*) AS length_days,
    CAST(sum(runs) AS BIGINT) AS runs,
    sum(distance_km) AS distance_km
FROM (
    SELECT date, runs, distance_km, date - CAST(row_number() OVER () AS INTEGER) AS island
    FROM query_table(source)
    WHERE distance_km >= minimum_km - 1e-9
)
GROUP BY island;

-- periods_in over sums of days.
CREATE MACRO periods_of_days(source, unit, shift := 0) AS TABLE
SELECT
    CAST(date_trunc(unit, date + CAST(shift AS INTEGER)) AS DATE) - CAST(shift AS INTEGER) AS start_date,
    CAST(sum(runs) AS BIGINT) AS runs,
    count(*) AS days,
    sum(distance_km) AS distance_km,
    sum(duration_s) AS duration_s,
    sum(paced_s) / sum(paced_km) AS pace_s_per_km,
    max(longest_run_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM query_table(source)
GROUP BY ALL;

-- The rows that beat all before them, in the order of `achieved` within their `place`. Only more than a billionth beats
-- a best: fractions summed in another order are no new best. Beyond place 7 are times, of which the smaller is better.
CREATE MACRO bests_among(source) AS TABLE
SELECT * EXCLUDE (score, best_before)
FROM (
    SELECT
        *,
        CASE WHEN place > 7 THEN -value ELSE value END AS score,
        max(CASE WHEN place > 7 THEN -value ELSE value END) OVER (
            PARTITION BY place, week_starts_early
            ORDER BY achieved, activity_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before
    FROM query_table(source)
    WHERE value > 0
)
WHERE best_before IS NULL OR score > best_before + 1e-9;

-- One row per personal best at the time it was set; the last one of its kind holds. Where the pace of a longer effort
-- beats what was measured over a distance, its bound is one more row, with no `achieved`. Weeks are there twice: by how
-- many days they begin before Monday. The longest break is not here: it depends on the minimum of a run day, and on today.
CREATE MACRO best_holders_of(days) AS TABLE
WITH sums AS MATERIALIZED (
    SELECT date, distance_km FROM query_table(days) WHERE distance_km > 0
),
candidates AS (
    SELECT
        CAST(1 AS DOUBLE) AS place, 'longest_run' AS kind, distance_km AS value, start_date AS date, activity_id,
        CAST(NULL AS VARCHAR) AS source, start_local AS achieved, CAST(NULL AS INTEGER) AS week_starts_early,
        CAST(NULL AS VARCHAR) AS distance, CAST(NULL AS DOUBLE) AS distance_m, CAST(NULL AS DOUBLE) AS offset_s
    FROM run_measures
    WHERE distance_km > 0 AND NOT beyond_human(distance_km, duration_s)
    UNION ALL
    SELECT 2, 'biggest_day', distance_km, date, NULL, NULL, date, NULL, NULL, NULL, NULL
    FROM sums
    UNION ALL
    SELECT 3, 'biggest_week', sum(distance_km), min(date), NULL, NULL, min(date), early, NULL, NULL, NULL
    FROM sums CROSS JOIN (VALUES (0), (1)) AS starts (early)
    GROUP BY early, date_trunc('week', date + early)
    UNION ALL
    SELECT 4, 'biggest_month', sum(distance_km), min(date), NULL, NULL, min(date), NULL, NULL, NULL, NULL
    FROM sums
    GROUP BY date_trunc('month', date)
    UNION ALL
    SELECT 5, 'biggest_year', sum(distance_km), min(date), NULL, NULL, min(date), NULL, NULL, NULL, NULL
    FROM sums
    GROUP BY date_trunc('year', date)
    UNION ALL
    SELECT
        7 + e.distance_m / 1e6, 'fastest_' || e.distance, e.elapsed_s, r.start_date, r.activity_id, e.source,
        r.start_local, NULL, e.distance, e.distance_m, e.offset_s
    FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
    WHERE NOT e.flagged
)
SELECT *, NULL AS bounded_by FROM bests_among('candidates')
UNION ALL
SELECT
    7 + distance_m / 1e6, 'fastest_' || distance, elapsed_s, date, activity_id, 'bound', NULL, NULL, distance, distance_m,
    NULL, bounded_by
FROM effort_bounds;

CREATE VIEW best_holders AS
SELECT * FROM best_holders_of('daily_sums');

CREATE TABLE stored_best_holders (
    place DOUBLE NOT NULL,
    kind VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    date DATE NOT NULL,
    activity_id BIGINT,
    source VARCHAR,
    achieved TIMESTAMP,
    week_starts_early INTEGER,
    distance VARCHAR,
    distance_m DOUBLE,
    offset_s DOUBLE,
    bounded_by VARCHAR
);

-- One row: what the stored numbers are made from, in few characters. The tables are those of the runs as they are now
-- where the fact `numbers_of` says the same.
CREATE VIEW numbers_content AS
SELECT
    concat_ws(
        ' ',
        count(*),
        bit_xor(
            hash(
                activity_id, start_date, start_local, distance_km, duration_s, elevation_gain_m, activity_type,
                deleted_at IS NULL
            )
        ),
        (SELECT concat_ws(' ', count(*), bit_xor(hash(activity_id, distance, elapsed_s, offset_s, source, flagged))) FROM best_efforts),
        coalesce(activity_types(), ['any'])
    ) AS content
FROM activities;

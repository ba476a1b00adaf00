-- Days and personal bests as tables: every publication brings them up to date (store/stored_numbers.py), so that a
-- question reads them instead of all runs. The views of the same names without `stored_` define them, and answer where
-- the runs or the choice of activities have changed since: see numbers_content.

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

-- Whether a day of this many km is a run day: what streaks_in says, for our own questions. (A macro that people call on an
-- attached file cannot use another one.)
CREATE MACRO is_run_day(km, minimum_km) AS km >= minimum_km - 1e-9;

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

-- The first day of the period of a personal best of this place: of its week, month or year, or the day itself.
CREATE MACRO best_period(place, week_starts_early, day) AS
    CASE place
        WHEN 3 THEN CAST(date_trunc('week', day + week_starts_early) AS DATE) - week_starts_early
        WHEN 4 THEN CAST(date_trunc('month', day) AS DATE)
        WHEN 5 THEN CAST(date_trunc('year', day) AS DATE)
        ELSE day
    END;

-- One row per run, day, week, month, year and best effort that may be a personal best, of all periods from the one around
-- first_day on. Weeks are there twice: by how many days they begin before Monday.
CREATE MACRO best_candidates_of(days, first_day) AS TABLE
WITH sums AS MATERIALIZED (
    SELECT date, distance_km
    FROM query_table(days)
    WHERE distance_km > 0 AND date >= least(best_period(5, 0, first_day), best_period(3, 0, first_day) - 1)
)
SELECT
    CAST(1 AS DOUBLE) AS place, 'longest_run' AS kind, distance_km AS value, start_date AS date, activity_id,
    CAST(NULL AS VARCHAR) AS source, start_local AS achieved, CAST(NULL AS INTEGER) AS week_starts_early,
    CAST(NULL AS VARCHAR) AS distance, CAST(NULL AS DOUBLE) AS distance_m, CAST(NULL AS DOUBLE) AS offset_s
FROM run_measures
WHERE distance_km > 0 AND start_date >= first_day AND NOT beyond_human(distance_km, duration_s)
UNION ALL
SELECT 2, 'biggest_day', distance_km, date, NULL, NULL, date, NULL, NULL, NULL, NULL
FROM sums
WHERE date >= first_day
UNION ALL
SELECT 3, 'biggest_week', sum(distance_km), min(date), NULL, NULL, min(date), early, NULL, NULL, NULL
FROM sums CROSS JOIN (VALUES (0), (1)) AS starts (early)
WHERE date >= best_period(3, early, first_day)
GROUP BY early, best_period(3, early, date)
UNION ALL
SELECT 4, 'biggest_month', sum(distance_km), min(date), NULL, NULL, min(date), NULL, NULL, NULL, NULL
FROM sums
WHERE date >= best_period(4, 0, first_day)
GROUP BY best_period(4, 0, date)
UNION ALL
SELECT 5, 'biggest_year', sum(distance_km), min(date), NULL, NULL, min(date), NULL, NULL, NULL, NULL
FROM sums
WHERE date >= best_period(5, 0, first_day)
GROUP BY best_period(5, 0, date)
UNION ALL
SELECT
    7 + e.distance_m / 1e6, 'fastest_' || e.distance, e.elapsed_s, r.start_date, r.activity_id, e.source, r.start_local,
    NULL, e.distance, e.distance_m, e.offset_s
FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
WHERE NOT e.flagged AND r.start_date >= first_day;

-- One row per distance whose time is known only from the pace of a longer effort, as a personal best.
CREATE VIEW best_bounds AS
SELECT
    7 + distance_m / 1e6 AS place, 'fastest_' || distance AS kind, elapsed_s AS value, date, activity_id, 'bound' AS source,
    CAST(NULL AS TIMESTAMP) AS achieved, CAST(NULL AS INTEGER) AS week_starts_early, distance, distance_m,
    CAST(NULL AS DOUBLE) AS offset_s, bounded_by
FROM effort_bounds;

-- One row per personal best at the time it was set; the last one of its kind holds. Where the pace of a longer effort
-- beats what was measured over a distance, its bound is one more row, with no `achieved`. The longest break is not here:
-- it depends on the minimum of a run day, and on today.
CREATE VIEW best_holders AS
WITH candidates AS (
    SELECT * FROM best_candidates_of('daily_sums', DATE '0001-01-01')
)
SELECT *, CAST(NULL AS VARCHAR) AS bounded_by FROM bests_among('candidates')
UNION ALL
SELECT * FROM best_bounds;

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

-- One row per month with a run: what its numbers are made from, in few characters.
CREATE VIEW content_by_month AS
SELECT month, count(*) AS parts, bit_xor(content) AS content
FROM (
    SELECT
        CAST(date_trunc('month', start_date) AS DATE) AS month,
        hash(activity_id, start_date, start_local, distance_km, duration_s, elevation_gain_m) AS content
    FROM run_measures
    UNION ALL
    SELECT
        CAST(date_trunc('month', r.start_date) AS DATE),
        hash(e.activity_id, e.distance, e.elapsed_s, e.offset_s, e.source, e.flagged)
    FROM best_efforts AS e JOIN run_measures AS r ON r.activity_id = e.activity_id
)
GROUP BY month;

-- The content that the stored numbers were made from, month by month. They are written anew from the first changed month on.
CREATE TABLE stored_content (
    month DATE NOT NULL,
    parts BIGINT NOT NULL,
    content UBIGINT NOT NULL
);

-- One row: what all numbers are made from, in few characters. The tables are those of the runs as they are now
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

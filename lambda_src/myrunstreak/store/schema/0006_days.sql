-- What counts as running, how fast days and periods were, and macros that work on an attached file.
--
-- DuckDB binds the body of a macro in the database that asks, not in the one that holds it; only views are bound in
-- their own. So what a macro over the runs reads is a parameter, `source`, which our own views and questions give. The
-- macros for people at the end find it by the name before them in the statement's text: FROM r.streaks_of(1.6) reads
-- r.daily.

-- The kinds of activities that count: the setting ACTIVITY_TYPES at the last sync; NULL: all do. The sync replaces this
-- macro when the setting changes, so that every reader of the file counts the same; a connection may choose its own by a
-- variable, which holds the list within a list. An empty label stands for none.
CREATE MACRO activity_types() AS
    coalesce(getvariable('activity_types'), [['running', 'treadmill', 'trail', 'track', 'unknown', '']])[1];

-- Whether an activity with this label is of one of the types; every label with "run" in it is running. Every question
-- plans this, so it names each part once.
CREATE MACRO counts_as(label, types) AS
    coalesce(
        list_contains(
            types,
            CASE WHEN contains(lower(label), 'run') THEN 'running' ELSE lower(trim(coalesce(label, ''))) END
        ),
        true
    );

-- Whether a distance was covered faster than any human yet: a car, or a watch that lost its way. The paces are those of
-- world_best_s_per_km.
CREATE OR REPLACE MACRO beyond_human(km, seconds) AS
    -- Nearly every run is slower than the slowest of these paces, which is checked sooner.
    coalesce(
        seconds > 0
        AND km > 0
        AND seconds < km * 219.36
        AND seconds < km *
            CASE
                WHEN km >= 100 THEN 21935 / 100.0
                WHEN km >= 50 THEN 9523 / 50.0
                WHEN km >= 30 THEN 7235 / 42.195      -- also the marathon
                WHEN km >= 20 THEN 3402 / 21.0975     -- also the half marathon
                WHEN km >= 15 THEN 2387 / 15.0        -- also 10 miles
                WHEN km >= 10 THEN 1571 / 10.0
                WHEN km >= 5 THEN 755.36 / 5.0
                WHEN km >= 3.21869 THEN 474.1 / 3.21869
                WHEN km >= 1.60934 THEN 223.13 / 1.60934
                WHEN km >= 1 THEN 131.96
                WHEN km >= 0.8 THEN 100.91 / 0.8
                WHEN km >= 0.4 THEN 43.03 / 0.4
                WHEN km >= 0.2 THEN 19.19 / 0.2
                ELSE 9.58 / 0.1
            END,
        false
    );

-- What the numbers are made from: the live runs of the types that count, without the columns that no number needs.
-- paced_s and paced_km are those of the runs that have both: a pace is always the sum of one over the sum of the other.
CREATE OR REPLACE VIEW run_measures AS
SELECT
    activity_id,
    start_date,
    start_local,
    utc_offset_minutes,
    offset_suspect,
    distance_km,
    duration_s,
    elevation_gain_m,
    CASE WHEN duration_s > 0 AND distance_km > 0 THEN duration_s END AS paced_s,
    CASE WHEN duration_s > 0 AND distance_km > 0 THEN distance_km END AS paced_km
FROM activities
WHERE deleted_at IS NULL AND counts_as(activity_type, activity_types());

-- One row per local day with a run.
CREATE OR REPLACE VIEW daily AS
SELECT
    start_date AS date,
    count(*) AS runs,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(paced_s) / sum(paced_km) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM run_measures
GROUP BY start_date;

-- One row per week, month or year with a run; start_date is the period's first day. Weeks begin on Monday, or shift
-- days before it: with 1 on Sunday, under the ISO number of the Monday within.
CREATE MACRO periods_in(source, unit, shift := 0) AS TABLE
SELECT
    CAST(date_trunc(unit, start_date + CAST(shift AS INTEGER)) AS DATE) - CAST(shift AS INTEGER) AS start_date,
    count(*) AS runs,
    count(DISTINCT start_date) AS days,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(paced_s) / sum(paced_km) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM query_table(source)
GROUP BY ALL;

-- One row: what the days from first to last add up to, both included.
CREATE MACRO figures_in(source, first_day, last_day) AS TABLE
SELECT
    count(*) AS runs,
    count(DISTINCT start_date) AS days,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(paced_s) / sum(paced_km) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM query_table(source)
WHERE start_date BETWEEN first_day AND last_day;

-- Maximal sets of consecutive run days, one row each. A run day is a local day whose live runs add up to
-- at least minimum_km; with 0 any recorded run counts. A billionth of a km makes up for sums of binary fractions:
-- 0.1 and 0.7 are 0.8.
CREATE MACRO streaks_in(source, minimum_km) AS TABLE
SELECT
    min(date) AS start_date,
    max(date) AS end_date,
    count(*) AS length_days,
    CAST(sum(runs) AS BIGINT) AS runs,
    sum(distance_km) AS distance_km
FROM (
    SELECT *, date - CAST(row_number() OVER (ORDER BY date) AS INTEGER) AS island
    FROM query_table(source)
    WHERE distance_km >= minimum_km - 1e-9
)
GROUP BY island;

CREATE OR REPLACE VIEW weekly AS
SELECT strftime(start_date, '%G-W%V') AS week, * FROM periods_in('run_measures', 'week');

CREATE OR REPLACE VIEW monthly AS
SELECT strftime(start_date, '%Y-%m') AS month, * FROM periods_in('run_measures', 'month');

CREATE OR REPLACE VIEW yearly AS
SELECT strftime(start_date, '%Y') AS year, * FROM periods_in('run_measures', 'year');

CREATE OR REPLACE VIEW streaks AS
SELECT * FROM streaks_in('daily', 0);

-- One row per record in quarantine that says which day it is of: raw text, as it may not be JSON.
CREATE VIEW waiting_records AS
SELECT
    TRY_CAST(
        nullif(regexp_extract(raw, '"startDateTimeLocal"\s*:\s*"(\d{4}-\d{2}-\d{2})', 1), '') AS DATE
    ) AS date,
    activity_id,
    reason
FROM quarantine
WHERE date IS NOT NULL;

-- The same for people, in whatever database they are: FROM r.streaks_of(1.6) reads the file that is attached as r. Two
-- files in one statement are refused; r.streaks_in('r.daily', 1.6) and the others above say which is meant.
CREATE OR REPLACE MACRO periods(unit, shift := 0) AS TABLE
FROM query(
    format(
        'FROM {0}periods_in(''{0}run_measures'', ''{1}'', {2})',
        array_to_string(
            list_distinct(
                regexp_extract_all(
                    regexp_replace(current_query(), '(?i)"?\bmain\b"?\s*\.', '', 'g'),
                    '(?i)((?:(?:"(?:[^"]|"")+"|\w+)\s*\.)?)\s*\b"?periods"?\s*\(',
                    1
                )
            ),
            ' and '
        ),
        unit,
        shift
    )
);

CREATE OR REPLACE MACRO figures_between(first_day, last_day) AS TABLE
FROM query(
    format(
        'FROM {0}figures_in(''{0}run_measures'', DATE ''{1}'', DATE ''{2}'')',
        array_to_string(
            list_distinct(
                regexp_extract_all(
                    regexp_replace(current_query(), '(?i)"?\bmain\b"?\s*\.', '', 'g'),
                    '(?i)((?:(?:"(?:[^"]|"")+"|\w+)\s*\.)?)\s*\b"?figures_between"?\s*\(',
                    1
                )
            ),
            ' and '
        ),
        first_day,
        last_day
    )
);

CREATE OR REPLACE MACRO streaks_of(minimum_km) AS TABLE
FROM query(
    format(
        'FROM {0}streaks_in(''{0}daily'', {1})',
        array_to_string(
            list_distinct(
                regexp_extract_all(
                    regexp_replace(current_query(), '(?i)"?\bmain\b"?\s*\.', '', 'g'),
                    '(?i)((?:(?:"(?:[^"]|"")+"|\w+)\s*\.)?)\s*\b"?streaks_of"?\s*\(',
                    1
                )
            ),
            ' and '
        ),
        minimum_km
    )
);

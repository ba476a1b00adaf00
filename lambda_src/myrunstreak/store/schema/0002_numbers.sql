-- The world's best pace over a distance, in seconds a km: that of the longest of these distances that is not longer. A
-- runner who is faster over more would have been as fast over that one.
-- World Athletics' records of men up to the year 2025; over 15, 20 and 30 km and 10 miles the pace of a longer
-- race that was run faster than the best over the distance itself (docs/numbers.md).
CREATE MACRO world_best_s_per_km(km) AS
    CASE
        WHEN km >= 100 THEN 21935 / 100.0
        WHEN km >= 50 THEN 9523 / 50.0
        WHEN km >= 30 THEN 7235 / 42.195            -- also the marathon
        WHEN km >= 20 THEN 3402 / 21.0975           -- also the half marathon
        WHEN km >= 15 THEN 2387 / 15.0              -- also 10 miles
        WHEN km >= 10 THEN 1571 / 10.0
        WHEN km >= 5 THEN 755.36 / 5.0
        WHEN km >= 3.21869 THEN 474.1 / 3.21869
        WHEN km >= 1.60934 THEN 223.13 / 1.60934
        WHEN km >= 1 THEN 131.96
        WHEN km >= 0.8 THEN 100.91 / 0.8
        WHEN km >= 0.4 THEN 43.03 / 0.4
        WHEN km >= 0.2 THEN 19.19 / 0.2
        ELSE 9.58 / 0.1
    END;

-- Whether a distance was covered faster than any human yet: a car, or a watch that lost its way.
CREATE MACRO beyond_human(km, seconds) AS
    -- Nearly every run is slower than the slowest of these paces, which is checked sooner.
    coalesce(seconds > 0 AND km > 0 AND seconds < km * 219.36 AND seconds < km * world_best_s_per_km(km), false);

-- The distances of best efforts, in km to Smashrun's five decimals. One row each.
CREATE VIEW effort_distances AS
SELECT distance, distance_km, round(distance_km * 1000, 2) AS distance_m
FROM (
    VALUES
        ('400m', 0.4),
        ('1/2mi', 0.80467),
        ('1km', 1.0),
        ('1mi', 1.60934),
        ('2mi', 3.21869),
        ('5km', 5.0),
        ('10km', 10.0),
        ('15km', 15.0),
        ('10mi', 16.09344),
        ('20km', 20.0),
        ('half-marathon', 21.0975),
        ('30km', 30.0),
        ('marathon', 42.195),
        ('50km', 50.0)
) AS known (distance, distance_km);

-- What the numbers are made from: the live runs without the columns that none of them needs. Planning a question
-- takes longer than answering it, and longer for every column.
CREATE VIEW run_measures AS
SELECT
    activity_id, start_date, start_local, utc_offset_minutes, offset_suspect, distance_km, duration_s, elevation_gain_m
FROM activities
WHERE deleted_at IS NULL;

-- One row per local day with a run. Pace is total time over total distance of the runs that have both.
CREATE OR REPLACE VIEW daily AS
SELECT
    start_date AS date,
    count(*) AS runs,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(duration_s) FILTER (duration_s > 0 AND distance_km IS NOT NULL)
        / nullif(sum(distance_km) FILTER (duration_s > 0), 0) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM run_measures
GROUP BY start_date;

-- One row per week, month or year with a run; start_date is the period's first day. Weeks begin on Monday, or shift
-- days before it: with 1 on Sunday, under the ISO number of the Monday within.
CREATE OR REPLACE MACRO periods(unit, shift := 0) AS TABLE
SELECT
    CAST(date_trunc(unit, start_date + CAST(shift AS INTEGER)) AS DATE) - CAST(shift AS INTEGER) AS start_date,
    count(*) AS runs,
    count(DISTINCT start_date) AS days,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(duration_s) FILTER (duration_s > 0 AND distance_km IS NOT NULL)
        / nullif(sum(distance_km) FILTER (duration_s > 0), 0) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM run_measures
GROUP BY ALL;

-- One row: what the days from first to last add up to, both included.
CREATE MACRO figures_between(first_day, last_day) AS TABLE
SELECT
    count(*) AS runs,
    count(DISTINCT start_date) AS days,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(duration_s) FILTER (duration_s > 0 AND distance_km IS NOT NULL)
        / nullif(sum(distance_km) FILTER (duration_s > 0), 0) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM run_measures
WHERE start_date BETWEEN first_day AND last_day;

-- One row per run and distance that it is within 1 % of: what the distance takes at the run's average pace. A
-- billionth of a km makes up for binary fractions: 4.95 km is within 1 % of 5 km.
CREATE VIEW average_efforts AS
SELECT
    *,
    CAST(NULL AS DOUBLE) AS offset_s,
    'average' AS source,
    beyond_human(distance_m / 1000, elapsed_s) AS flagged
FROM (
    SELECT
        a.activity_id,
        d.distance,
        CAST(d.distance_m AS DOUBLE) AS distance_m,
        a.duration_s / a.distance_km * CAST(d.distance_km AS DOUBLE) AS elapsed_s,
        md5(concat_ws(' ', a.distance_km, a.duration_s)) AS content_hash
    FROM activities AS a
    JOIN effort_distances AS d ON abs(a.distance_km - d.distance_km) <= d.distance_km * 0.01 + 1e-9
    WHERE a.distance_km > 0 AND a.duration_s > 0 AND isfinite(a.distance_km) AND isfinite(a.duration_s)
);

INSERT INTO best_efforts BY NAME
SELECT * FROM average_efforts ORDER BY activity_id, distance_m;

-- Those from recordings come with the next sync, out of the recordings' files; without any there is nothing to do.
INSERT INTO file_facts
SELECT 'best_efforts', 'none' WHERE EXISTS (SELECT 1 FROM activities WHERE details_at IS NOT NULL);

-- Every run ever seen, one row each. No PRIMARY KEY: its index doubles the file that travels every day
-- (docs/decisions/0001-storage.md); the upsert keeps activity_id unique and publishing checks it.
CREATE TABLE activities (
    activity_id BIGINT NOT NULL,
    start_local TIMESTAMP NOT NULL,             -- wall clock as recorded
    start_date DATE NOT NULL,                   -- first ten characters of startDateTimeLocal
    utc_offset_minutes INTEGER,
    offset_suspect BOOLEAN NOT NULL,
    distance_km DOUBLE,
    duration_s DOUBLE,                          -- moving time, pauses left out
    activity_type VARCHAR,
    calories INTEGER,
    heart_rate_avg DOUBLE,
    heart_rate_min INTEGER,
    heart_rate_max INTEGER,
    cadence_avg DOUBLE,
    cadence_min INTEGER,
    cadence_max INTEGER,
    temperature_c DOUBLE,
    temperature_apparent_c DOUBLE,
    temperature_wind_chill_c DOUBLE,
    weather_type VARCHAR,
    humidity DOUBLE,
    wind_speed_kph DOUBLE,
    how_felt VARCHAR,
    terrain VARCHAR,
    is_race BOOLEAN,
    is_treadmill BOOLEAN,
    is_bad_hr BOOLEAN,
    is_bad_elevation BOOLEAN,
    source VARCHAR,
    external_id VARCHAR,
    app_version VARCHAR,
    device_type VARCHAR,
    notes VARCHAR,
    has_details BOOLEAN,
    has_details_gps BOOLEAN,
    start_latitude DOUBLE,
    start_longitude DOUBLE,
    uploaded_utc TIMESTAMP,
    created_utc TIMESTAMP,
    updated_utc TIMESTAMP,
    elevation_gain_m DOUBLE,
    elevation_loss_m DOUBLE,
    elevation_ascent_m DOUBLE,
    elevation_descent_m DOUBLE,
    elevation_min_m DOUBLE,
    elevation_max_m DOUBLE,
    elevation_net_m DOUBLE,
    speed_variability DOUBLE,
    city VARCHAR,
    state VARCHAR,
    country VARCHAR,
    country_code VARCHAR,
    sunrise_local TIMESTAMP,
    sunset_local TIMESTAMP,
    moon_phase DOUBLE,
    is_cooper_test BOOLEAN,
    extra VARCHAR,                              -- JSON object of the fields that this code does not know
    content_hash VARCHAR NOT NULL,              -- md5 over all of Smashrun's columns
    first_seen_at TIMESTAMP NOT NULL,
    synced_at TIMESTAMP NOT NULL,               -- when the present content was first observed
    details_at TIMESTAMP,                       -- when laps, splits and recording were fetched
    splits_at TIMESTAMP,                        -- when the splits were computed or fetched
    deleted_at TIMESTAMP
);

-- One row per run, unit and split: this split's own figures, not running totals.
CREATE TABLE splits (
    activity_id BIGINT NOT NULL,
    unit VARCHAR NOT NULL,                      -- km or mi
    split_number INTEGER NOT NULL,              -- from 1; the last one may be shorter than a unit
    distance_km DOUBLE NOT NULL,
    duration_s DOUBLE NOT NULL,
    pace_s_per_km DOUBLE,
    heart_rate_avg DOUBLE,
    elevation_gain_m DOUBLE,
    elevation_loss_m DOUBLE
);

-- Laps as recorded: running totals at the end of each lap, in Smashrun's own numbers.
CREATE TABLE laps (
    activity_id BIGINT NOT NULL,
    lap_number INTEGER NOT NULL,
    lap_type VARCHAR,
    end_duration_s DOUBLE,
    end_distance DOUBLE                         -- unit disputed among clients: kept as received
);

CREATE TABLE best_efforts (
    activity_id BIGINT NOT NULL,
    distance VARCHAR NOT NULL,
    distance_m DOUBLE NOT NULL,
    elapsed_s DOUBLE NOT NULL,
    offset_s DOUBLE,
    source VARCHAR NOT NULL,
    flagged BOOLEAN NOT NULL,
    content_hash VARCHAR NOT NULL
);

-- Runs whose details are still to be fetched.
CREATE TABLE details_queue (
    activity_id BIGINT NOT NULL,
    enqueued_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error VARCHAR
);

-- Records that could not be stored, raw, with the reason. One row per distinct record.
CREATE TABLE quarantine (
    record_hash VARCHAR NOT NULL,               -- md5 of raw
    activity_id BIGINT,
    reason VARCHAR NOT NULL,
    raw VARCHAR NOT NULL,
    form VARCHAR NOT NULL,                      -- list form it came in
    first_seen_at TIMESTAMP NOT NULL,
    parser_version INTEGER NOT NULL             -- the code that refused it; newer code tries again
);

-- One row per finished sync.
CREATE TABLE sync_log (
    sync_id VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    status VARCHAR NOT NULL,
    runs_fetched INTEGER NOT NULL,
    runs_new INTEGER NOT NULL,
    runs_updated INTEGER NOT NULL,
    runs_deleted INTEGER NOT NULL,
    runs_revived INTEGER NOT NULL,
    runs_quarantined INTEGER NOT NULL,
    details_fetched INTEGER NOT NULL,
    details_pending INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    data_as_of TIMESTAMP,
    error VARCHAR
);

-- Which objects of the raw archive this database contains: it is their sum.
CREATE TABLE archive_log (
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL
);

-- Facts about the file itself: origin of the record, size after the last compaction.
CREATE TABLE file_facts (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

-- The live runs: what every analysis and every user's SQL reads.
CREATE VIEW runs AS
SELECT * FROM activities WHERE deleted_at IS NULL;

-- One row per local day with a run. Pace is total time over total distance of the runs that have a duration.
CREATE VIEW daily AS
SELECT
    start_date AS date,
    count(*) AS runs,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(duration_s) FILTER (duration_s > 0)
        / nullif(sum(distance_km) FILTER (duration_s > 0), 0) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM runs
GROUP BY start_date;

-- One row per ISO week, month and year with a run; start_date is the period's first day.
CREATE MACRO periods(unit) AS TABLE
SELECT
    CAST(date_trunc(unit, start_date) AS DATE) AS start_date,
    count(*) AS runs,
    count(DISTINCT start_date) AS days,
    coalesce(sum(distance_km), 0.0) AS distance_km,
    coalesce(sum(duration_s), 0.0) AS duration_s,
    sum(duration_s) FILTER (duration_s > 0)
        / nullif(sum(distance_km) FILTER (duration_s > 0), 0) AS pace_s_per_km,
    max(distance_km) AS longest_run_km,
    sum(elevation_gain_m) AS elevation_gain_m
FROM runs
GROUP BY ALL;

CREATE VIEW weekly AS
SELECT strftime(start_date, '%G-W%V') AS week, * FROM periods('week');

CREATE VIEW monthly AS
SELECT strftime(start_date, '%Y-%m') AS month, * FROM periods('month');

CREATE VIEW yearly AS
SELECT strftime(start_date, '%Y') AS year, * FROM periods('year');

-- Maximal sets of consecutive run days, one row each. A run day is a local day whose live runs add up to
-- at least minimum_km; with 0 any recorded run counts. A billionth of a km makes up for sums of binary fractions:
-- 0.1 and 0.7 are 0.8.
CREATE MACRO streaks_of(minimum_km) AS TABLE
SELECT
    min(date) AS start_date,
    max(date) AS end_date,
    count(*) AS length_days,
    CAST(sum(runs) AS BIGINT) AS runs,
    sum(distance_km) AS distance_km
FROM (
    SELECT *, date - CAST(row_number() OVER (ORDER BY date) AS INTEGER) AS island
    FROM daily
    WHERE distance_km >= minimum_km - 1e-9
)
GROUP BY island;

CREATE VIEW streaks AS
SELECT * FROM streaks_of(0);

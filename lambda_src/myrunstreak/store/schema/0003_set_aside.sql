-- Archived objects that could not be applied, or not with all of their records, each with the reason. Newer code tries
-- them again. One row per object.
CREATE TABLE objects_set_aside (
    name VARCHAR NOT NULL,                      -- as in archive_log
    kind VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL,
    parser_version INTEGER NOT NULL             -- the code that set it aside
);

-- What older code stored of Smashrun's "unknown" (-1), of values that no run has and of places that are none. Such a
-- distance, duration or height becomes NULL here; listed again, the record waits in quarantine and the run stays.
UPDATE activities SET
    distance_km = CASE WHEN distance_km BETWEEN 0 AND 5000 THEN
        CASE WHEN distance_km < 0.00001 THEN 0 ELSE distance_km END END,
    duration_s = CASE WHEN duration_s BETWEEN 0 AND 8640000 THEN
        CASE WHEN duration_s < 0.001 THEN 0 ELSE duration_s END END,
    calories = CASE WHEN calories BETWEEN 0 AND 1000000 THEN calories END,
    heart_rate_avg = CASE WHEN heart_rate_avg BETWEEN 0 AND 1000 THEN heart_rate_avg END,
    heart_rate_min = CASE WHEN heart_rate_min BETWEEN 0 AND 1000 THEN heart_rate_min END,
    heart_rate_max = CASE WHEN heart_rate_max BETWEEN 0 AND 1000 THEN heart_rate_max END,
    cadence_avg = CASE WHEN cadence_avg BETWEEN 0 AND 1000 THEN cadence_avg END,
    cadence_min = CASE WHEN cadence_min BETWEEN 0 AND 1000 THEN cadence_min END,
    cadence_max = CASE WHEN cadence_max BETWEEN 0 AND 1000 THEN cadence_max END,
    temperature_c = CASE WHEN temperature_c BETWEEN -150 AND 150
        AND (temperature_c <> -1 OR coalesce(humidity BETWEEN 0 AND 200, false)) THEN temperature_c END,
    temperature_apparent_c = CASE WHEN temperature_apparent_c BETWEEN -150 AND 150
        AND (temperature_apparent_c <> -1 OR coalesce(humidity BETWEEN 0 AND 200, false)) THEN temperature_apparent_c END,
    temperature_wind_chill_c = CASE WHEN temperature_wind_chill_c BETWEEN -150 AND 150
        AND (temperature_wind_chill_c <> -1 OR coalesce(humidity BETWEEN 0 AND 200, false))
        THEN temperature_wind_chill_c END,
    humidity = CASE WHEN humidity BETWEEN 0 AND 200 THEN humidity END,
    wind_speed_kph = CASE WHEN wind_speed_kph BETWEEN 0 AND 1000 THEN wind_speed_kph END,
    start_latitude = CASE WHEN start_latitude BETWEEN -90 AND 90 AND start_longitude BETWEEN -180 AND 180
        AND (start_latitude, start_longitude) NOT IN ((0, 0), (-1, -1)) THEN start_latitude END,
    start_longitude = CASE WHEN start_latitude BETWEEN -90 AND 90 AND start_longitude BETWEEN -180 AND 180
        AND (start_latitude, start_longitude) NOT IN ((0, 0), (-1, -1)) THEN start_longitude END,
    elevation_gain_m = CASE WHEN elevation_gain_m BETWEEN 0 AND 100000 THEN elevation_gain_m END,
    elevation_loss_m = CASE WHEN elevation_loss_m BETWEEN 0 AND 100000 THEN elevation_loss_m END,
    elevation_ascent_m = CASE WHEN elevation_ascent_m BETWEEN 0 AND 100000 THEN elevation_ascent_m END,
    elevation_descent_m = CASE WHEN elevation_descent_m BETWEEN 0 AND 100000 THEN elevation_descent_m END,
    elevation_min_m = CASE WHEN elevation_min_m BETWEEN -100000 AND 100000 THEN elevation_min_m END,
    elevation_max_m = CASE WHEN elevation_max_m BETWEEN -100000 AND 100000 THEN elevation_max_m END,
    elevation_net_m = CASE WHEN elevation_net_m BETWEEN -100000 AND 100000 THEN elevation_net_m END,
    speed_variability = CASE WHEN speed_variability BETWEEN 0 AND 1000 THEN speed_variability END,
    moon_phase = CASE WHEN moon_phase BETWEEN 0 AND 100 THEN moon_phase END,
    -- A watch that lost count of GPS's weeks is 1,024 of them behind, give or take what an upload is late.
    offset_suspect = offset_suspect OR (
        lower(coalesce(source, '')) <> 'manual'
        AND (
            coalesce(abs(date_diff('second', start_local, created_utc) / 86400 - 7168) <= 2, false)
            OR coalesce(abs(date_diff('second', start_local, uploaded_utc) / 86400 - 7168) <= 2, false)
        )
    );

DELETE FROM best_efforts AS e
USING activities AS a
WHERE e.activity_id = a.activity_id AND e.source = 'average' AND (a.distance_km IS NULL OR a.duration_s IS NULL);

-- Splits and laps that a sample of "no value" made.
DELETE FROM splits
WHERE NOT coalesce(distance_km BETWEEN 0 AND 5000 AND duration_s BETWEEN 0 AND 8640000 AND split_number <= 5000, false);

UPDATE splits SET
    heart_rate_avg = CASE WHEN heart_rate_avg BETWEEN 0 AND 1000 THEN heart_rate_avg END,
    elevation_gain_m = CASE WHEN elevation_gain_m BETWEEN 0 AND 100000 THEN elevation_gain_m END,
    elevation_loss_m = CASE WHEN elevation_loss_m BETWEEN 0 AND 100000 THEN elevation_loss_m END
WHERE NOT coalesce(heart_rate_avg BETWEEN 0 AND 1000, true)
    OR NOT coalesce(elevation_gain_m BETWEEN 0 AND 100000, true)
    OR NOT coalesce(elevation_loss_m BETWEEN 0 AND 100000, true);

UPDATE laps SET
    end_duration_s = CASE WHEN end_duration_s BETWEEN 0 AND 8640000 THEN end_duration_s END,
    end_distance = CASE WHEN end_distance BETWEEN 0 AND 5000000 THEN end_distance END
WHERE NOT coalesce(end_duration_s BETWEEN 0 AND 8640000, true) OR NOT coalesce(end_distance BETWEEN 0 AND 5000000, true);

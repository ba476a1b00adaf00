-- One row per member that shares its days and has a run day: the last and the longest streak, the earliest of equals, all run
-- days, and their metres where the member shares distances. A day's metres are whole, so that engines agree in any
-- order in which they add. No clock: the reader knows whether the last streak still goes on.
WITH run_days AS (
    SELECT
        d.runner_id,
        d.day,
        CASE WHEN r.sharing = 'distances' THEN CAST(floor(d.km * 1000 + 0.5) AS BIGINT) END AS metres
    FROM {days} AS d
    JOIN {runners} AS r ON r.runner_id = d.runner_id
    WHERE r.sharing IN ('days', 'distances') AND d.km >= {minimum_km} - 1e-9
),
numbered AS (
    SELECT runner_id, day, metres, row_number() OVER (PARTITION BY runner_id ORDER BY day) AS number
    FROM run_days
),
streaks AS (
    SELECT runner_id, min(day) AS first_day, max(day) AS last_day, count(*) AS days, sum(metres) AS metres
    FROM numbered
    GROUP BY runner_id, {day_before}
),
ranked AS (
    SELECT
        runner_id,
        first_day,
        last_day,
        days,
        metres,
        row_number() OVER (PARTITION BY runner_id ORDER BY last_day DESC) AS from_last,
        row_number() OVER (PARTITION BY runner_id ORDER BY days DESC, first_day) AS from_longest
    FROM streaks
)
SELECT
    runner_id,
    max(CASE WHEN from_last = 1 THEN first_day END) AS last_start,
    max(CASE WHEN from_last = 1 THEN last_day END) AS last_end,
    max(CASE WHEN from_last = 1 THEN days END) AS last_days,
    max(CASE WHEN from_longest = 1 THEN first_day END) AS longest_start,
    max(CASE WHEN from_longest = 1 THEN last_day END) AS longest_end,
    max(CASE WHEN from_longest = 1 THEN days END) AS longest_days,
    CAST(sum(days) AS BIGINT) AS run_days,
    CAST(sum(metres) AS BIGINT) AS metres
FROM ranked
GROUP BY runner_id
ORDER BY last_days DESC, runner_id

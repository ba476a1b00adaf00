"""Details into rows: laps as recorded, splits computed from the recording, its points for the Parquet files.

A split ends where the recording's distance passes a whole unit, interpolated between two samples, on the
clock without pauses: Smashrun's own ``/splits`` come out the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.units import SPLIT_MILE_KM
from myrunstreak.smashrun.activity import MOST_KM, MOST_M, MOST_S
from myrunstreak.store.efforts.best_efforts import BestEfforts
from myrunstreak.store.efforts.clock_steps import steady_clocks, steady_leaps
from myrunstreak.store.loading.fitting import RunFit
from myrunstreak.store.loading.reading import RECORDS, files_to_read
from myrunstreak.sync.values import RawObject

if TYPE_CHECKING:
    import duckdb

# What a watch's file holds for "no value" (255, 65535, 4294967295, whatever the unit makes of it) is outside of these
# or among the markers, and is no sample. The clock ends where the recordings' files do: whole ms in 32 bits.
_BOUNDS: Final = {
    "clock": (0, 2_147_483),
    "duration": (0, 2_147_483),
    "distance": (0, MOST_KM),
    "elevation": (-1_000, 10_000),
    "heartRate": (0.5, 254),
    "cadence": (0.5, 1_000),
    "temperature": (-100, 100),
    "power": (-10_000, 10_000),
    "speed": (0, 10_000),
}

_STRUCTURE: Final = (
    '{"activityId": "BIGINT", "recordingKeys": ["VARCHAR"], "recordingValues": [["DOUBLE"]],'
    ' "pauseIndexes": ["INTEGER"],'
    ' "laps": [{"lapType": "VARCHAR", "endDuration": "DOUBLE", "endDistance": "DOUBLE"}]}'
)
_SPLITS_STRUCTURE: Final = (
    '{"activityId": "BIGINT", "unit": "VARCHAR", "splits": [{"distance": "DOUBLE", "seconds": "DOUBLE",'
    ' "heartRate": "DOUBLE", "elevationGain": "DOUBLE", "elevationLoss": "DOUBLE"}]}'
)
_SERIES: Final = (
    "clock",
    "duration",
    "distance",
    "latitude",
    "longitude",
    "elevation",
    "heartRate",
    "cadence",
    "temperature",
    "power",
    "speed",
)


def _sample(series: str) -> str:
    least, most = _BOUNDS[series]
    return f"CASE WHEN {series} BETWEEN {least} AND {most} THEN {series} END"


# A distance of 65535 m or dm may be true: then the way before it leads up to it.
_MARKERS: Final = "[65.535, 655.35, 6553.5]"
_DISTANCE: Final = f"""
CASE
    WHEN list_has_any(vals[list_position(keys, 'distance')], {_MARKERS})
    THEN list_transform(vals[list_position(keys, 'distance')], lambda km, place: CASE
        WHEN NOT list_contains({_MARKERS}, km) OR km - 1 < coalesce(list_max(list_filter(
            vals[list_position(keys, 'distance')][:place - 1], lambda past: NOT list_contains({_MARKERS}, past)
        )), 0)
        THEN km
    END)
    ELSE vals[list_position(keys, 'distance')]
END
"""


# On the globe. A lost fix is -1/-1, or 0/0; a coordinate without the other is no place.
_IS_PLACE: Final = """coalesce(
        abs(latitude) <= 90 AND abs(longitude) <= 180 AND NOT (latitude = longitude AND latitude IN (0, -1)), false
    )"""
# The last second before 2^31 - 1, which says "no value": a clock may go on at the seconds of an epoch.
_LAST_EPOCH_S: Final = 2_147_483_646

# One row per sample, in the order recorded. A heart or a cadence of 0 is no reading.
_POINTS: Final = f"""
CREATE OR REPLACE TEMP TABLE points AS
WITH series AS (
    SELECT
        activity_id,
        observed_at,
        pauses,
        len(vals[1]) AS samples,
        {_DISTANCE} AS distance,
        {", ".join(f"vals[list_position(keys, '{key}')] AS {key}" for key in _SERIES if key != "distance")}
    FROM detail
    WHERE len(keys) > 0
        AND len(keys) = len(vals)
        AND len(list_distinct(list_transform(vals, one -> len(one)))) = 1
        AND NOT list_contains(list_transform(vals, one -> one IS NULL), true)
),
samples AS (
    SELECT
        activity_id,
        observed_at,
        pauses,
        unnest(range(samples)) AS point,
        {", ".join(f"unnest({key}) AS {key}" for key in _SERIES)}
    FROM series
    WHERE samples > 0
)
SELECT
    activity_id,
    observed_at,
    CAST(point AS INTEGER) AS point,
    CASE WHEN clock BETWEEN 0 AND {_LAST_EPOCH_S} THEN clock END AS clock_s,
    CASE WHEN duration BETWEEN 0 AND {_LAST_EPOCH_S} THEN duration END AS duration_s,
    {_sample("distance")} AS distance_km,
    CASE WHEN {_IS_PLACE} THEN latitude END AS latitude,
    CASE WHEN {_IS_PLACE} THEN longitude END AS longitude,
    {_sample("elevation")} AS elevation_m,
    {_sample("heartRate")} AS heart_rate,
    {_sample("cadence")} AS cadence,
    {_sample("temperature")} AS temperature_c,
    {_sample("power")} AS power_w,
    {_sample("speed")} AS speed_kph,
    coalesce(list_contains(pauses, point), false) AS after_pause
FROM samples
"""

# One row per run, unit and split.
_SPLITS: Final = f"""
INSERT INTO splits
WITH units (unit, unit_km) AS (VALUES ('km', 1.0), ('mi', {SPLIT_MILE_KM})),
-- Recordings without a moving time have the clock, less what a pause adds to a usual step.
ticks AS (
    SELECT activity_id, point, clock_s, after_pause, clock_s - lag(clock_s) OVER way AS step_s
    FROM points
    WHERE clock_s IS NOT NULL
        AND activity_id IN (SELECT activity_id FROM points GROUP BY activity_id HAVING count(duration_s) = 0)
    WINDOW way AS (PARTITION BY activity_id ORDER BY point)
),
usual AS (
    SELECT activity_id, median(step_s) AS step_s FROM ticks GROUP BY activity_id
),
moved AS (
    SELECT
        t.activity_id,
        t.point,
        first_value(t.clock_s) OVER way
            -- Decimals, since the engine adds up a window in pieces that depend on its neighbours.
            + coalesce(CAST(sum(TRY_CAST(
                CASE WHEN t.after_pause THEN least(t.step_s, u.step_s) ELSE t.step_s END AS DECIMAL(24, 6)
            )) OVER way AS DOUBLE), 0)
            AS duration_s
    FROM ticks AS t JOIN usual AS u ON u.activity_id = t.activity_id
    WINDOW way AS (PARTITION BY t.activity_id ORDER BY t.point)
),
-- The way covered never shrinks; a sample without distance or time says nothing about splits.
track AS (
    SELECT
        p.activity_id,
        p.point,
        max(p.distance_km) OVER way AS distance_km,
        coalesce(p.duration_s, m.duration_s) AS duration_s,
        p.elevation_m,
        p.heart_rate
    FROM points AS p LEFT JOIN moved AS m ON m.activity_id = p.activity_id AND m.point = p.point
    WHERE isfinite(p.distance_km) AND isfinite(coalesce(p.duration_s, m.duration_s))
    WINDOW way AS (PARTITION BY p.activity_id ORDER BY p.point)
),
steps AS (
    SELECT
        *,
        coalesce(lag(distance_km) OVER way, 0) AS from_km,
        coalesce(lag(duration_s) OVER way, 0) AS from_s,
        coalesce(lag(elevation_m) OVER way, elevation_m) AS from_m
    FROM track
    WINDOW way AS (PARTITION BY activity_id ORDER BY point)
),
-- The samples themselves, and one more wherever a whole unit is passed.
marks AS (
    SELECT activity_id, unit, unit_km, point, distance_km, duration_s, elevation_m, heart_rate, true AS sampled
    FROM steps CROSS JOIN units
    UNION ALL
    SELECT
        activity_id,
        unit,
        unit_km,
        point,
        number * unit_km,
        from_s + (number * unit_km - from_km) / (distance_km - from_km) * (duration_s - from_s),
        from_m + (number * unit_km - from_km) / (distance_km - from_km) * (elevation_m - from_m),
        NULL,
        false
    FROM (
        SELECT
            *,
            unnest(range(
                CAST(floor(from_km / unit_km) AS BIGINT) + 1,
                CAST(ceil(distance_km / unit_km) AS BIGINT)
            )) AS number
        FROM steps CROSS JOIN units
        WHERE distance_km > from_km
    )
),
-- Each stretch between two marks belongs to the split in which it ends; the start belongs to the first.
-- They are summed in their order: sums of fractions in any other differ in the last digit, and a rebuild would too.
stretches AS (
    SELECT
        *,
        greatest(1, CAST(ceil(round(distance_km / unit_km, 9)) AS INTEGER)) AS split_number,
        distance_km - coalesce(lag(distance_km) OVER way, 0) AS stretch_km,
        duration_s - coalesce(lag(duration_s) OVER way, 0) AS stretch_s,
        elevation_m - lag(elevation_m) OVER way AS climb_m
    FROM marks
    WINDOW way AS (PARTITION BY activity_id, unit ORDER BY distance_km, point, sampled)
)
SELECT
    activity_id,
    unit,
    split_number,
    sum(stretch_km ORDER BY distance_km, point, sampled) AS distance_km,
    sum(stretch_s ORDER BY distance_km, point, sampled) AS duration_s,
    nullif(sum(stretch_s ORDER BY distance_km, point, sampled), 0)
        / nullif(sum(stretch_km ORDER BY distance_km, point, sampled), 0) AS pace_s_per_km,
    avg(heart_rate ORDER BY distance_km, point, sampled) FILTER (sampled AND distance_km > 0) AS heart_rate_avg,
    sum(greatest(climb_m, 0) ORDER BY distance_km, point, sampled) FILTER (climb_m IS NOT NULL)
        AS elevation_gain_m,
    sum(greatest(-climb_m, 0) ORDER BY distance_km, point, sampled) FILTER (climb_m IS NOT NULL)
        AS elevation_loss_m
FROM stretches
GROUP BY activity_id, unit, split_number
-- A tail of less than a centimetre is rounding, not a split.
HAVING sum(stretch_km ORDER BY distance_km, point, sampled) >= 0.00001
ORDER BY activity_id, unit, split_number
"""

# Smashrun's own splits are running totals in the unit asked for; their differences are stored.
_FOREIGN_SPLITS: Final = f"""
INSERT INTO splits
WITH rows AS (
    SELECT
        activity_id,
        unit,
        unnest(splits) AS total,
        unnest([NULL] || splits[:-2]) AS past,
        generate_subscripts(splits, 1) AS split_number
    FROM answers
    WHERE rowid IN (SELECT row_id FROM newest_answers)
),
steps AS (
    SELECT
        activity_id,
        unit,
        split_number,
        (total.distance - coalesce(past.distance, 0))
            * CASE unit WHEN 'mi' THEN {SPLIT_MILE_KM} ELSE 1 END AS distance_km,
        total.seconds - coalesce(past.seconds, 0) AS duration_s,
        total.heartRate AS heart_rate_avg,
        total.elevationGain - coalesce(past.elevationGain, 0) AS elevation_gain_m,
        total.elevationLoss - coalesce(past.elevationLoss, 0) AS elevation_loss_m
    FROM rows
)
SELECT
    activity_id, unit, split_number, distance_km, duration_s, duration_s / nullif(distance_km, 0),
    CASE WHEN heart_rate_avg BETWEEN 0 AND 1000 THEN heart_rate_avg END,
    CASE WHEN elevation_gain_m BETWEEN 0 AND {MOST_M} THEN elevation_gain_m END,
    CASE WHEN elevation_loss_m BETWEEN 0 AND {MOST_M} THEN elevation_loss_m END
FROM steps
WHERE distance_km BETWEEN 0.00001 AND {MOST_KM} AND duration_s BETWEEN 0 AND {MOST_S}
ORDER BY activity_id, unit, split_number
"""


class DetailFold:
    """Stages arrays of whole activities and folds their laps, splits and best efforts in."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._efforts = BestEfforts(connection)
        self._fit = RunFit(connection)

    def stage(self, objects: Sequence[RawObject], *, from_lists: bool = False) -> list[int]:
        """Read the objects into ``detail`` and ``points``; the ids that are newer than what is stored.

        Args:
            from_lists: the objects are list pages: only a record that carries a recording has details.
        """
        self._connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE detail AS
            WITH records AS ({RECORDS}),
            transformed AS (
                SELECT observed_at, json_transform(raw, '{_STRUCTURE}') AS a FROM records
            ),
            -- One row per run: its newest details.
            newest AS (
                SELECT
                    a."activityId" AS activity_id,
                    max(observed_at) AS observed_at,
                    arg_max(a, observed_at) AS a
                FROM transformed
                WHERE a."activityId" IS NOT NULL AND (NOT $from_lists OR a."recordingKeys" IS NOT NULL)
                GROUP BY a."activityId"
            )
            SELECT
                n.activity_id, n.observed_at, n.a."recordingKeys" AS keys, n.a."recordingValues" AS vals,
                n.a."pauseIndexes" AS pauses, n.a.laps
            FROM newest AS n
            JOIN activities AS e ON e.activity_id = n.activity_id
            WHERE n.observed_at >= e.first_seen_at AND (e.details_at IS NULL OR n.observed_at > e.details_at)
            """,
            {**files_to_read(objects), "from_lists": from_lists},
        )
        self._connection.execute(_POINTS)
        steady_leaps(self._connection)
        return [row[0] for row in self._connection.execute("SELECT activity_id FROM detail").fetchall()]

    def apply(self) -> None:
        """Fold the staged details in. Call it within a transaction."""
        run = self._connection.execute
        for table in ("splits", "splits_beyond_run", "laps", "splits_failures"):
            run(f"DELETE FROM {table} WHERE activity_id IN (SELECT activity_id FROM detail)")
        # Efforts are made of times as the recordings' files hold them; splits have use of them no more.
        self._efforts.replace_from_points()
        steady_clocks(self._connection)
        run(_SPLITS)
        run(
            f"""
            INSERT INTO laps
            SELECT
                activity_id,
                lap_number,
                lap.lapType,
                CASE WHEN lap.endDuration BETWEEN 0 AND {MOST_S} THEN lap.endDuration END,
                -- Clients disagree whether it is km or m.
                CASE WHEN lap.endDistance BETWEEN 0 AND {MOST_KM * 1000} THEN lap.endDistance END
            FROM (
                SELECT activity_id, unnest(laps) AS lap, generate_subscripts(laps, 1) AS lap_number FROM detail
            )
            WHERE lap IS NOT NULL
            ORDER BY activity_id, lap_number
            """
        )
        run(
            """
            UPDATE activities SET
                details_at = detail.observed_at,
                splits_at = CASE
                    WHEN activities.activity_id IN (SELECT activity_id FROM splits) THEN detail.observed_at
                END
            FROM detail WHERE detail.activity_id = activities.activity_id
            """
        )
        run(
            """
            DELETE FROM details_queue AS q
            WHERE EXISTS (
                SELECT 1 FROM detail AS d WHERE d.activity_id = q.activity_id AND d.observed_at >= q.enqueued_at
            )
            """
        )
        self._fit.fit("SELECT activity_id FROM detail")

    def apply_foreign_splits(self, objects: Sequence[RawObject]) -> None:
        """Fold Smashrun's own splits in, for runs whose recording gives none. Within a transaction.

        An answer from before the details that are stored belongs to another state of the run.
        """
        run = self._connection.execute
        run(
            f"""
            CREATE OR REPLACE TEMP TABLE answers AS
            WITH records AS ({RECORDS}),
            transformed AS (
                SELECT observed_at, json_transform(raw, '{_SPLITS_STRUCTURE}') AS a FROM records
            )
            SELECT a."activityId" AS activity_id, a.unit, a.splits, observed_at FROM transformed
            """,
            files_to_read(objects),
        )
        # One row per run and unit: which answer is its newest.
        run(
            """
            CREATE OR REPLACE TEMP TABLE newest_answers AS
            SELECT
                n.activity_id,
                n.unit,
                max(n.observed_at) AS observed_at,
                arg_max(n.rowid, n.observed_at) FILTER (n.splits IS NOT NULL) AS row_id
            FROM answers AS n
            JOIN activities AS e ON e.activity_id = n.activity_id
            WHERE n.observed_at >= e.first_seen_at AND (e.details_at IS NULL OR n.observed_at >= e.details_at)
            GROUP BY n.activity_id, n.unit
            """
        )
        for table in ("splits", "splits_beyond_run"):
            run(
                f"DELETE FROM {table} WHERE (activity_id, unit) IN (SELECT (activity_id, unit) FROM newest_answers)"
            )
        run(_FOREIGN_SPLITS)
        run(
            """
            UPDATE activities SET splits_at = f.observed_at
            FROM (SELECT activity_id, max(observed_at) AS observed_at FROM newest_answers GROUP BY ALL) AS f
            WHERE f.activity_id = activities.activity_id
            """
        )
        self._fit.fit("SELECT activity_id FROM newest_answers")

"""G: best efforts of many recordings over all known distances, against two pointers in plain Python and windows in SQL.

All contestants read the same points out of the same table, reading included, and have to find the same times.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from scripts.bench.processes import Figures, alternately, measure, median, stopwatch

# Seconds between two points, as watches record.
_EVERY_S: Final = (1, 2, 5)
_SAMPLES: Final = "SELECT activity_id, point, clock_ms, distance_cm FROM samples"


@dataclass(frozen=True)
class Plan:
    """Recordings, points of each, repetitions whose median counts."""

    recordings: int
    samples: int
    rounds: int


def measure_efforts(plan: Plan, folder: Path) -> Figures:
    """Medians of seconds, and how many times as long the others take."""
    file = folder / "samples.duckdb"
    _make(file, plan)
    ways = ("ours", "two_pointers", "starts_only", "windows")
    measured = alternately(
        plan.rounds,
        [lambda way=way: measure(f"scripts.bench.efforts:{way}", file=str(file)) for way in ways[:3]],
    )
    # So much slower that once is enough.
    measured.append([measure("scripts.bench.efforts:windows", file=str(file))])
    figures: Figures = {
        way: {name: median(found, name) for name in ("seconds", "cpu_seconds", "peak_mb")}
        for way, found in zip(ways, measured, strict=True)
    }
    first = [found[0]["checksum_s"] for found in measured]
    ours, rivals = figures["ours"]["seconds"], ("two_pointers", "windows")
    return {
        "recordings": plan.recordings,
        "samples": plan.samples,
        "rounds": plan.rounds,
        "efforts": measured[0][0]["efforts"],
        **figures,
        **{f"times_{way}": figures[way]["seconds"] / ours for way in ways[1:]},
        "times_the_faster": min(figures[way]["seconds"] for way in rivals) / ours,
        "same_times": all(math.isclose(one, first[0], rel_tol=1e-9) for one in (first[1], first[3])),
    }


def _make(file: Path, plan: Plan) -> None:
    """A table of points: a pace that drifts, steps that jitter, a stop now and then."""
    import duckdb
    from myrunstreak.store.schema.migrations import migrate

    chance = random.Random(2_000)
    points = file.with_suffix(".csv")
    with points.open("w") as out:
        for activity_id in range(plan.recordings):
            every_s = _EVERY_S[activity_id % len(_EVERY_S)]
            pace, drift, clock, way = chance.uniform(2.5, 3.4), 0.0, 0, 0.0
            for point in range(plan.samples):
                out.write(f"{activity_id},{point},{clock * 1000},{int(way * 100)}\n")
                drift = 0.98 * drift + chance.gauss(0, 0.012)
                way += max(0.0, pace * (1 + drift) + chance.gauss(0, 0.25)) * every_s
                clock += every_s
                if chance.random() < 0.002:
                    clock += every_s * chance.randint(5, 60)
    with duckdb.connect(str(file)) as connection:
        migrate(connection, "a measurement")
        connection.execute(
            "CREATE TABLE samples (activity_id BIGINT, point INTEGER, clock_ms INTEGER, distance_cm INTEGER)"
        )
        connection.execute(f"COPY samples FROM '{points}'")
    points.unlink()


# -- contestants, each in its own process -----------------------------------------------------------


def ours(file: str) -> Figures:
    """MyRunStreak's own, without the rows' way back into the table."""
    import duckdb
    from myrunstreak.store.efforts.best_efforts import BestEfforts

    figures = Figures()
    with duckdb.connect(file, read_only=True) as connection, stopwatch(figures):
        found = [row["elapsed_s"] for row in BestEfforts(connection).from_samples(_SAMPLES)]
    return figures | _sum(found)


def two_pointers(file: str) -> Figures:
    """Along every recording once for the stretches that begin at a point, once for those that end at one."""
    return _plainly(file, ends=True)


def starts_only(file: str) -> Figures:
    """The same for beginnings alone: half the work, and not always the fastest stretch."""
    return _plainly(file, ends=False)


def windows(file: str) -> Figures:
    """In SQL: where a stretch ends that begins at each point, and the reverse, by windows over the distance."""
    import duckdb

    figures, found = Figures(), list[float]()
    with duckdb.connect(file, read_only=True) as connection, stopwatch(figures):
        for aim in _aims(connection):
            rows = connection.execute(_WINDOWS, {"aim": aim}).fetchall()
            found += [elapsed_ms / 1000 for (elapsed_ms,) in rows]
    return figures | _sum(found)


# One row per recording: its least time over a distance. Windows say between which places the other end lies.
_WINDOWS: Final = """
WITH places AS (
    SELECT activity_id, distance_cm, min(clock_ms) AS first_ms, max(clock_ms) AS last_ms
    FROM samples
    GROUP BY activity_id, distance_cm
),
ends AS (
    SELECT
        activity_id, distance_cm, first_ms, last_ms,
        first_value(distance_cm) OVER ahead AS ahead_cm, first_value(first_ms) OVER ahead AS ahead_ms,
        last_value(distance_cm) OVER short AS short_cm, last_value(last_ms) OVER short AS short_ms,
        last_value(distance_cm) OVER behind AS behind_cm, last_value(last_ms) OVER behind AS behind_ms,
        first_value(distance_cm) OVER past AS past_cm, first_value(first_ms) OVER past AS past_ms
    FROM places
    WINDOW
        ahead AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN $aim FOLLOWING AND UNBOUNDED FOLLOWING),
        short AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN UNBOUNDED PRECEDING AND $aim - 1 FOLLOWING),
        behind AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN UNBOUNDED PRECEDING AND $aim PRECEDING),
        past AS (PARTITION BY activity_id ORDER BY distance_cm
            RANGE BETWEEN $aim - 1 PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT least(
    min(ahead_ms - (ahead_cm - distance_cm - $aim) * (ahead_ms - short_ms) / (ahead_cm - short_cm) - last_ms),
    min(first_ms - behind_ms - (distance_cm - $aim - behind_cm) * (past_ms - behind_ms) / (past_cm - behind_cm))
)
FROM ends
WHERE ahead_cm IS NOT NULL OR behind_cm IS NOT NULL
GROUP BY activity_id
"""


def _plainly(file: str, *, ends: bool) -> Figures:
    import duckdb

    figures, found = Figures(), list[float]()
    with duckdb.connect(file, read_only=True) as connection, stopwatch(figures):
        aims = _aims(connection)
        rows = connection.execute(f"{_SAMPLES} ORDER BY activity_id, point").fetchall()
        for _, points in groupby(rows, key=lambda row: row[0]):
            _, _, clock, way = zip(*points, strict=True)
            found += [time / 1000 for aim in aims if (time := _least(clock, way, aim, ends=ends)) is not None]
    return figures | _sum(found)


def _least(clock: Sequence[int], way: Sequence[int], aim: int, *, ends: bool) -> float | None:
    if way[-1] - way[0] < aim:
        return None
    times = _from_points(clock, way, aim)
    return min(min(times), min(_to_points(clock, way, aim))) if ends else min(times)


def _from_points(clock: Sequence[int], way: Sequence[int], aim: int) -> Iterator[float]:
    end = 0
    for start, covered in enumerate(way):
        if covered + aim > way[-1]:
            return
        while way[end] < covered + aim:
            end += 1
        beyond = way[end] - covered - aim
        early = beyond * (clock[end] - clock[end - 1]) / (way[end] - way[end - 1]) if beyond else 0
        yield clock[end] - clock[start] - early


def _to_points(clock: Sequence[int], way: Sequence[int], aim: int) -> Iterator[float]:
    start = 0
    for end in range(bisect_left(way, way[0] + aim), len(way)):
        while way[start + 1] <= way[end] - aim:
            start += 1
        spare = way[end] - way[start] - aim
        late = spare * (clock[start + 1] - clock[start]) / (way[start + 1] - way[start]) if spare else 0
        yield clock[end] - clock[start] - late


def _aims(connection: object) -> list[int]:
    sql = "SELECT CAST(distance_m * 100 AS INTEGER) FROM effort_distances ORDER BY distance_m"
    return [aim for (aim,) in connection.execute(sql).fetchall()]  # type: ignore[attr-defined]


def _sum(elapsed_s: Sequence[float]) -> Figures:
    return {"efforts": len(elapsed_s), "checksum_s": math.fsum(elapsed_s)}

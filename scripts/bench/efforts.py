"""Best efforts of many recordings over all known distances, against two pointers in plain Python and windows in SQL.

All contestants read the same points out of the same table, reading included, and have to find the same times.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.bench.environments import Sides
from scripts.bench.processes import Figures, alternately, measure, medians, ratio, stopwatch
from scripts.bench.rivals.effort_sums import SAMPLES, sum_efforts

# Seconds between two points, as watches record.
_EVERY_S: Final = (1, 2, 5)


@dataclass(frozen=True)
class Plan:
    """Recordings, points of each, repetitions whose median counts."""

    recordings: int
    samples: int
    rounds: int


def measure_efforts(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Seconds of every way, and how many times as long the others take."""
    file = folder / "samples.duckdb"
    _make(file, plan)
    rivals = "scripts.bench.rivals"
    ways = {
        "ours": "scripts.bench.efforts:ours",
        "two_pointers": f"{rivals}.two_pointers:two_pointers",
        "starts_only": f"{rivals}.two_pointers:starts_only",
    }
    found = dict(
        zip(
            ways,
            alternately(
                plan.rounds,
                [lambda way=way: measure(way, on=sides.ours, file=str(file)) for way in ways.values()],
            ),
            strict=True,
        )
    )
    # So much slower that once is enough.
    found["windows"] = [measure(f"{rivals}.windows:windows", on=sides.ours, file=str(file))]
    first = {way: figures[0]["checksum_s"] for way, figures in found.items()}
    names = ("seconds", "cpu_seconds", "peak_mb")
    return {
        "recordings": plan.recordings,
        "samples": plan.samples,
        "rounds": plan.rounds,
        "efforts": found["ours"][0]["efforts"],
        **{way: medians(figures, *names) for way, figures in found.items()},
        "times_two_pointers": ratio(found["two_pointers"], found["ours"]),
        "times_windows": ratio(found["windows"] * plan.rounds, found["ours"]),
        "same_times": all(
            math.isclose(first[way], first["ours"], rel_tol=1e-9) for way in ("two_pointers", "windows")
        ),
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
    with duckdb.connect(file, read_only=True, config={"threads": 1}) as connection, stopwatch(figures):
        found = [row["elapsed_s"] for row in BestEfforts(connection).from_samples(SAMPLES)]
    return figures | sum_efforts(found)

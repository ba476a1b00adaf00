"""What all sides of the overview share: the runs of a file, the instant of the question, how an answer is timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

NOW: Final = datetime(2026, 10, 31, 20, tzinfo=UTC)
YEAR: Final = 2026


def time_warm(question: Callable[[], dict[str, float]], repeats: int) -> dict[str, Any]:
    """The median seconds of warm answers, and the answers."""
    answers, seconds = question(), list[float]()
    for _ in range(repeats):
        begin = time.perf_counter()
        question()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": statistics.median(seconds), "answers": answers}


def read_runs(file: str) -> list[tuple[Any, ...]]:
    """Id, start, day, km, seconds, climb of each run, and whether no human was ever as fast."""
    import duckdb

    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(
            """
            SELECT activity_id, start_local, start_date, distance_km, duration_s, elevation_gain_m,
                beyond_human(distance_km, duration_s)
            FROM runs
            ORDER BY start_local
            """
        ).fetchall()

"""Splits from a recording, in plain Python and from the definition alone.

Each row holds running totals at a whole kilometre or mile, the last one those of the remainder. Where a run
ends exactly on a mark a remainder of zero length follows, as has been seen on Smashrun.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from statistics import median
from typing import Literal, cast

from .records import Activity, number

MILE_KM = 1.609344
Numbers = list[float]


def splits(record: Activity, unit: Literal["km", "mi"], speed_in_unit: bool = False) -> list[Activity]:
    """Rows of distance (in the unit), seconds, speed, and as recorded heartRate and elevation.

    `speed` is km/h unless `speed_in_unit`. Empty when there is no usable recording.
    """
    series = _series(record)
    distances, durations = series.get("distance", []), _durations(series, record)
    if len(distances) < 2 or len(durations) != len(distances) or distances[-1] <= 0:
        return []
    size_km = MILE_KM if unit == "mi" else 1.0
    total = distances[-1] / size_km
    whole = math.floor(total + 1e-9)
    marks = [*(float(k) for k in range(1, whole + 1)), max(total, float(whole))]
    rows: list[Activity] = []
    before_mark, before_s = 0.0, 0.0
    for mark in marks:
        seconds = _at(distances, durations, mark * size_km)
        length, took = mark - before_mark, _nearest(seconds) - _nearest(before_s)
        speed = length * (1.0 if speed_in_unit else size_km) / took * 3600 if took > 0 else 0.0
        row: Activity = {"distance": round(mark, 5), "seconds": _nearest(seconds), "speed": round(speed, 2)}
        beats = _mean_within(distances, series.get("heartRate", []), before_mark * size_km, mark * size_km)
        if beats is not None:
            row["heartRate"] = beats
        if series.get("elevation"):
            gain, loss = _climb(distances, series["elevation"], mark * size_km)
            row |= {"elevationGain": _nearest(gain), "elevationLoss": _nearest(loss)}
        rows.append(row)
        before_mark, before_s = mark, seconds
    return rows


def _nearest(value: float) -> int:
    # Halves go up; Python's round() would take them to the even neighbour.
    return math.floor(value + 0.5)


def _series(record: Activity) -> dict[str, Numbers]:
    keys = cast("list[object]", record.get("recordingKeys") or [])
    values = cast("list[list[object]]", record.get("recordingValues") or [])
    return {str(key): [number(v) for v in line] for key, line in zip(keys, values, strict=False)}


def _durations(series: dict[str, Numbers], record: Activity) -> Numbers:
    """Moving time at each point; without that series the clock less what the pauses add to a usual step."""
    if "duration" in series:
        return series["duration"]
    clocks = series.get("clock", [])
    steps = [after - before for before, after in pairwise(clocks)]
    usual = median(steps) if steps else 0.0
    pauses = set(cast("list[int]", record.get("pauseIndexes") or []))
    moved, totals = 0.0, [0.0] if clocks else []
    for index, step in enumerate(steps, start=1):
        moved += min(step, usual) if index in pauses else step
        totals.append(moved)
    return totals


def _at(distances: Numbers, values: Numbers, mark: float) -> float:
    """The value where the running distance first reaches the mark, between two points in proportion."""
    after = bisect_left(distances, mark - 1e-9)
    if after >= len(distances):
        return values[-1]
    if after == 0:
        return values[0]
    if abs(mark - distances[-1]) < 1e-9:
        return values[-1]
    low, high = distances[after - 1], distances[after]
    return values[after - 1] + (values[after] - values[after - 1]) * (mark - low) / (high - low)


def _mean_within(distances: Numbers, values: Numbers, low: float, high: float) -> int | None:
    """Mean of the samples with distance in (low, high]; readings of 0 and below are no readings."""
    inside = [v for d, v in zip(distances, values, strict=False) if low < d <= high + 1e-9 and v > 0]
    return _nearest(sum(inside) / len(inside)) if inside else None


def _climb(distances: Numbers, heights: Numbers, mark: float) -> tuple[float, float]:
    """Metres up and down from the start to the mark."""
    passed = [h for d, h in zip(distances, heights, strict=False) if d < mark]
    passed.append(_at(distances, heights, mark))
    steps = [after - before for before, after in pairwise(passed)]
    return sum(s for s in steps if s > 0), -sum(s for s in steps if s < 0)

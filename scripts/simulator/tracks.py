"""Recordings made from a run's summary: the same seed and id always give the same series.

Totals are the summary's own: the last `distance` is its distance, the last `duration` its duration. Distances
in km, times in seconds, elevation in metres, heart rate in beats and cadence in steps a minute.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise

from .records import Activity, number

_KM_PER_DEGREE = 111.195
Series = list[float]


def recording_of(record: Activity, seed: int) -> Activity:
    """The detail fields of a run: recordingKeys, recordingValues, pauseIndexes, now and then laps and power.

    Empty for a run without distance or duration: there is nothing to record.
    """
    distance_km, duration_s = number(record.get("distance")), number(record.get("duration"))
    if distance_km <= 0 or duration_s <= 0:
        return {}
    rng = random.Random(f"{seed}:recording:{record.get('activityId')}")
    step_s = rng.choice((2, 3, 3, 4, 5)) if duration_s < 5400 else 5
    durations: Series = [float(t) for t in range(0, math.ceil(duration_s), step_s)]
    if len(durations) > 1 and duration_s - durations[-1] < 1:
        durations.pop()
    durations.append(duration_s)
    distances = _distances(rng, durations, distance_km)
    clocks, pauses = _clocks(rng, durations)
    series: dict[str, Series] = {"clock": clocks, "duration": durations, "distance": distances}
    share = [d / distance_km for d in distances]
    if record.get("hasDetailsGPS") == 1 and "startLatitude" in record:
        series["latitude"], series["longitude"] = _positions(rng, record, share, distance_km)
    if "elevationGain" in record:
        series["elevation"] = _elevation(rng, record, share)
    for key in ("heartRate", "cadence"):
        if f"{key}Average" in record:
            series[key] = _around(rng, record, key, len(durations), pauses)
    answer: Activity = {}
    if rng.random() < 0.06:
        series["power"] = [
            float(round(230 + 40 * math.sin(i / 17) + rng.uniform(-15, 15))) for i in range(len(durations))
        ]
        answer["powerAverage"] = round(sum(series["power"]) / len(durations))
    answer |= {
        "recordingKeys": list(series),
        "recordingValues": [[_plain(v) for v in values] for values in series.values()],
        "pauseIndexes": pauses,
        "laps": _laps(rng, durations, distances),
        "songs": [],
    }
    return answer


def _plain(value: float) -> int | float:
    whole = int(value)
    return whole if whole == value else value


def _distances(rng: random.Random, durations: Series, distance_km: float) -> Series:
    """Running totals: a slow swing of the pace, some unrest, no standstill."""
    phase, waves, swing = rng.uniform(0, 6), rng.uniform(2, 9), rng.uniform(0.02, 0.09)
    end = durations[-1]
    total, raw = 0.0, [0.0]
    for before, now in pairwise(durations):
        pace = 1 + swing * math.sin(phase + 6.283 * waves * now / end) + rng.uniform(-0.04, 0.04)
        total += (now - before) * pace
        raw.append(total)
    scale = distance_km / total
    return [*(round(value * scale, 5) for value in raw[:-1]), distance_km]


def _clocks(rng: random.Random, durations: Series) -> tuple[Series, list[int]]:
    """Seconds since the start with pauses, and the indexes of the points that follow a pause."""
    pauses: list[int] = []
    if rng.random() < 0.25 and len(durations) > 20:
        pauses = sorted(rng.sample(range(5, len(durations) - 2), rng.randint(1, 4)))
    waited, clocks, after_pause = 0, list[float](), set(pauses)
    for index, value in enumerate(durations):
        if index in after_pause:
            waited += rng.randint(8, 240)
        clocks.append(round(value + waited, 3))
    return clocks, pauses


def _positions(
    rng: random.Random, record: Activity, share: Series, distance_km: float
) -> tuple[Series, Series]:
    """Rounds on a circle through the start, as long together as the run; some lost fixes, both values -1."""
    lat0, lon0 = number(record.get("startLatitude")), number(record.get("startLongitude"))
    rounds = max(1, round(distance_km / 8))
    radius = distance_km / rounds / (2 * math.pi) / _KM_PER_DEGREE
    first, shrink = rng.uniform(0, 6.283), 1 / math.cos(math.radians(lat0))
    c0, s0 = math.cos(first), math.sin(first)
    lats: Series = []
    lons: Series = []
    for part in share:
        angle = first + 6.283185307 * rounds * part
        lats.append(round(lat0 + radius * (math.sin(angle) - s0), 6))
        lons.append(round(lon0 + radius * shrink * (math.cos(angle) - c0), 6))
    if rng.random() < 0.15 and len(share) > 20:
        lost = rng.randrange(3, len(share) - 10)
        for index in range(lost, lost + rng.randint(1, 6)):
            lats[index] = lons[index] = -1.0
    return lats, lons


def _elevation(rng: random.Random, record: Activity, share: Series) -> Series:
    """A closed wave whose climb is about the summary's gain and whose lowest point is its minimum."""
    a, b = rng.randint(1, 3), rng.randint(4, 7)
    p, q = rng.uniform(0, 6), rng.uniform(0, 6)
    wave = [math.sin(p + 6.283185307 * a * s) + 0.3 * math.sin(q + 6.283185307 * b * s) for s in share]
    climb = sum(max(0.0, y - x) for x, y in pairwise(wave))
    scale = number(record.get("elevationGain")) / climb if climb else 0.0
    low, lowest = min(wave), number(record.get("elevationMin"))
    return [round(lowest + (value - low) * scale, 1) for value in wave]


def _around(rng: random.Random, record: Activity, key: str, length: int, pauses: list[int]) -> Series:
    """A series near the summary's average that reaches its maximum once and starts at its minimum."""
    average = number(record.get(f"{key}Average"))
    top = number(record.get(f"{key}Max")) or average * 1.08
    low = number(record.get(f"{key}Min")) or average * 0.85
    values: Series = []
    for index in range(length):
        drift = 0.03 * (index / length - 0.5)
        values.append(float(round(min(top, max(low, average * (1 + drift) + rng.uniform(-2.5, 2.5))))))
    warm_up = min(12, length // 10)
    for index in range(warm_up):
        values[index] = float(round(low + (values[index] - low) * index / warm_up))
    values[0] = float(round(low))
    values[length * 9 // 10] = float(round(top))
    for index in pauses:
        values[index] = float(round((low + average) / 2))
    return values


def _laps(rng: random.Random, durations: Series, distances: Series) -> list[Activity]:
    """Totals at the end of each lap: none for most runs, a lap a kilometre for some."""
    if rng.random() > 0.2:
        return []
    laps: list[Activity] = []
    mark = 1.0
    for when, where in zip(durations[:-1], distances[:-1], strict=True):
        if where >= mark:
            laps.append({"lapType": "general", "endDuration": _plain(when), "endDistance": where})
            mark = math.floor(where) + 1.0
    laps.append({"lapType": "general", "endDuration": _plain(durations[-1]), "endDistance": distances[-1]})
    laps[0]["lapType"] = "warmup" if len(laps) > 2 else "general"
    return laps

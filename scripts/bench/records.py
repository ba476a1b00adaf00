"""A seeded runner's record: runs, splits and details as Smashrun answers, nothing random twice; standard library only.

Runs are spread evenly over 25 years, newest first as Smashrun lists them; every record carries the extended form's
usual fields, so that 10,000 runs with 10 splits each are about 17 MB of JSON.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

SPLITS: Final = 10
PER_DAY: Final = 3

_YEARS: Final = 25
_NEWEST: Final = datetime(2026, 10, 31, 6, 30)  # noqa: DTZ001 - a runner's wall clock
OBSERVED_FROM: Final = datetime(2026, 11, 1, 6, tzinfo=UTC)
_FIRST_ID: Final = 1_000_000
_WEATHER: Final = ("clear", "cloudy", "partlycloudy", "rain", "drizzle", "snow")
_FELT: Final = ("none", "great", "soso", "tired", "Unstoppable")
_TERRAIN: Final = ("road", "road", "road", "trail", "track")
_TOWNS: Final = (
    ("Port Example", "North Sound", 47.21, -17.9),
    ("Sampleton", "Midlands", 47.6, -18.3),
    ("Upper Placeholder", "Highlands", 48.05, -17.2),
)
_NOTES: Final = ("", "", "", "felt light", "headwind all the way home", "with the club, easy pace")

Record = dict[str, Any]


def run(number: int, of: int, seed: int = 1) -> Record:
    """Run ``number`` of a history of ``of`` runs: 0 is the newest, -1, -2, -3 are the next day's and so on."""
    rng = random.Random(f"{seed}/{of}/{number}")
    if number >= 0:
        start = _NEWEST - timedelta(days=number * _YEARS * 365.25 / of)
    else:
        days, earlier = divmod(-number - 1, PER_DAY)
        start = _NEWEST + timedelta(days=days + 1, hours=-earlier)
    start = start.replace(second=0, microsecond=0)
    distance = round(rng.lognormvariate(2.1, 0.35), 5)
    duration = round(distance * rng.uniform(285, 400), 3)
    town, state, latitude, longitude = rng.choice(_TOWNS)
    heart, climb, warmth = rng.randint(128, 162), rng.randint(0, 220), round(rng.uniform(-8, 29), 2)
    uploaded = start + timedelta(seconds=duration + rng.randint(60, 4000))
    return {
        "activityId": _FIRST_ID + of - number,
        "activityType": "running",
        "duration": duration,
        "distance": distance,
        "calories": round(distance * 72),
        "notes": rng.choice(_NOTES),
        "startDateTimeLocal": f"{start.isoformat()}+01:00",
        "externalId": f"gc-{rng.randrange(10**9):09d}",
        "source": "garminpush",
        "appVersion": "",
        "deviceType": "Garmin",
        "hasDetails": 1,
        "hasDetailsGPS": 1,
        "startLatitude": round(latitude + rng.uniform(-0.1, 0.1), 6),
        "startLongitude": round(longitude + rng.uniform(-0.1, 0.1), 6),
        "heartRateMax": heart + rng.randint(8, 30),
        "heartRateMin": heart - rng.randint(20, 60),
        "heartRateAverage": heart,
        "cadenceMax": rng.randint(176, 196),
        "cadenceMin": rng.randint(60, 150),
        "cadenceAverage": rng.randint(160, 178),
        "weatherType": rng.choice(_WEATHER),
        "temperature": warmth,
        "humidity": rng.randint(30, 99),
        "windSpeed": rng.randint(0, 40),
        "temperatureApparent": round(warmth - rng.uniform(0, 2), 2),
        "temperatureWindChill": round(warmth - rng.uniform(0, 4), 2),
        "howFelt": rng.choice(_FELT),
        "terrain": rng.choice(_TERRAIN),
        "isRace": int(rng.random() < 0.02),
        "isTreadmill": 0,
        "isBadHR": 0,
        "isBadElevation": 0,
        "syncDateTimeUTC": uploaded.replace(second=0, microsecond=0).isoformat(),
        "dateCreatedUTC": uploaded.isoformat(timespec="milliseconds"),
        "dateUpdatedUTC": (uploaded + timedelta(seconds=4)).isoformat(timespec="milliseconds"),
        "speedVariability": round(rng.uniform(0.02, 0.2), 3),
        "sunriseLocal": f"{start.date().isoformat()}T06:09:00+01:00",
        "sunsetLocal": f"{start.date().isoformat()}T19:41:00+01:00",
        "moonPhase": round(rng.random(), 2),
        "elevationGain": climb,
        "elevationLoss": climb,
        "elevationAscent": climb,
        "elevationDescent": climb,
        "elevationMin": rng.randint(0, 300),
        "elevationNet": 0,
        "countryCode": "XA",
        "country": "Sample Isles",
        "city": town,
        "state": state,
        "isCooperTest": 0,
    }


def splits_of(record: Record) -> Record:
    """The run's ten splits as the archive keeps an answer of Smashrun's ``/splits``: running totals."""
    rng = random.Random(record["activityId"])
    distance, duration, rows = 0.0, 0.0, list[Record]()
    gain = loss = 0
    for number in range(SPLITS):
        share = record["distance"] / SPLITS
        distance = record["distance"] if number == SPLITS - 1 else distance + share
        duration += record["duration"] / SPLITS * rng.uniform(0.95, 1.05)
        gain += rng.randint(0, 20)
        loss += rng.randint(0, 20)
        rows.append(
            {
                "distance": round(distance, 5),
                "seconds": round(duration),
                "speed": round(share * SPLITS / record["duration"] * 3600, 2),
                "heartRate": record["heartRateAverage"] + rng.randint(-9, 9),
                "elevationGain": gain,
                "elevationLoss": loss,
            }
        )
    return {"activityId": record["activityId"], "unit": "km", "splits": rows}


def detail_of(record: Record, samples: int) -> Record:
    """The run with a recording of eight series and two laps, as Smashrun's detail call answers."""
    rng = random.Random(-record["activityId"])
    share = [number / max(samples - 1, 1) for number in range(samples)]
    clock = [round(record["duration"] * part) for part in share]
    heart = record["heartRateAverage"]
    series = {
        "clock": clock,
        "duration": clock,
        "distance": [round(record["distance"] * part, 5) for part in share],
        "latitude": [round(record["startLatitude"] + math.sin(6 * part) / 90, 6) for part in share],
        "longitude": [round(record["startLongitude"] + math.cos(6 * part) / 90, 6) for part in share],
        "elevation": [round(40 + 30 * math.sin(9 * part) + rng.random(), 1) for part in share],
        "heartRate": [heart + rng.randint(-12, 12) for _ in share],
        "cadence": [160 + rng.randint(0, 16) for _ in share],
    }
    ends = [(0.5, "warmup"), (1.0, "general")]
    return record | {
        "recordingKeys": list(series),
        "recordingValues": list(series.values()),
        "pauseIndexes": [],
        "laps": [
            {
                "lapType": kind,
                "endDuration": round(record["duration"] * part),
                "endDistance": round(record["distance"] * part, 5),
            }
            for part, kind in ends
        ],
    }


def increment(day: int, history: int) -> bytes:
    """The list page of day ``day`` (from 0) after a history of ``history`` runs: three new ones."""
    first = -day * PER_DAY - 1
    return json.dumps([run(number, history) for number in range(first, first - PER_DAY, -1)]).encode()


def observed_after(day: int) -> datetime:
    """When day ``day`` after the history was observed."""
    return OBSERVED_FROM + timedelta(days=day + 1)


def archived_files(root: Path, kind: str) -> list[Path]:
    """The files of one kind in a raw archive, in the order of their observation."""
    return sorted(file for file in root.rglob("*.json.gz") if file.name.split("-")[1] == kind)


def read_nested(root: Path) -> Iterator[list[Record]]:
    """The archived list pages, each run with its splits."""
    splits = {
        answer["activityId"]: answer["splits"]
        for file in archived_files(root, "splits")
        for answer in _read(file)
    }
    for file in archived_files(root, "extended"):
        yield [record | {"splits": splits.get(record["activityId"], [])} for record in _read(file)]


def _read(file: Path) -> list[Record]:
    return json.loads(gzip.decompress(file.read_bytes()))


def count_rows(connection: Any, runs: str, splits: str) -> Record:
    """How many runs and splits two tables hold."""
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM {runs}), (SELECT count(*) FROM {splits})"
    ).fetchone()
    return {"activities": row[0], "splits": row[1]}

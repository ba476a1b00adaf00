"""Histories of invented runs, small enough to be synced hundreds of times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Record = dict[str, Any]

NOW = datetime(2026, 5, 2, 6, tzinfo=UTC)
YESTERDAY = NOW.date() - timedelta(days=1)
FIRST_ID = 4_100_000
# One run in so many has a recording, so that details stay a few requests.
WITH_DETAILS = 15


def run(number: int, *, newest: date = YESTERDAY, of: int = 45, **fields: Any) -> Record:
    """Run ``number`` of ``of``, one a day, the last on ``newest``; ids ascend with the days."""
    day = newest - timedelta(days=of - 1 - number)
    uploaded = datetime.combine(day, datetime.min.time()).replace(hour=9, minute=30).isoformat()
    record: Record = {
        "activityId": FIRST_ID + number,
        "activityType": "running",
        "duration": 1500.5 + number,
        "distance": round(4.00001 + (number % 17) * 0.37123, 5),
        "calories": 350,
        "notes": "",
        "startDateTimeLocal": f"{day.isoformat()}T07:12:00+02:00",
        "externalId": f"gc-{number}",
        "source": "garminpush",
        "hasDetails": int(number % WITH_DETAILS == WITH_DETAILS - 1),
        "hasDetailsGPS": 0,
        "heartRateAverage": 140 + number % 20,
        "weatherType": "clear",
        "elevationGain": 20 + number % 9,
        "city": "Port Example",
        "isRace": 0,
        "syncDateTimeUTC": uploaded,
        "dateCreatedUTC": uploaded,
        "dateUpdatedUTC": uploaded,
    }
    return record | fields


def runs(count: int, **fields: Any) -> list[Record]:
    """So many runs on as many days, up to yesterday."""
    return [run(number, of=count, **fields) for number in range(count)]


def late(number: int, **fields: Any) -> Record:
    """A run that is not part of ``runs``: uploaded when it is added, on a day of 2019."""
    day = date(2019, 1, 1) + timedelta(days=number)
    record = run(0) | {
        "activityId": FIRST_ID + 500_000 + number,
        "externalId": f"late-{number}",
        "startDateTimeLocal": f"{day.isoformat()}T18:05:00+02:00",
    }
    for stamp in ("syncDateTimeUTC", "dateCreatedUTC", "dateUpdatedUTC"):
        del record[stamp]
    return record | fields


# Records that cannot be stored as they are: one without a start, one without an id.
NO_START = run(3) | {"activityId": FIRST_ID + 900_001, "startDateTimeLocal": None}
NO_ID = {key: value for key, value in run(43).items() if key != "activityId"} | {"distance": 7.77}


def history() -> list[Record]:
    """45 runs on 45 days, three of them with recordings, and two records that cannot be stored."""
    return [*runs(45), NO_START, NO_ID]

"""What an activity is to the simulator: a JSON object that may be dirty, and how its times are read.

Smashrun's times come in two kinds: `startDateTimeLocal` is wall time plus offset, every `...UTC` field is UTC
without a zone and with 0 to 3 fractional digits. Nothing here raises on a dirty value: it answers None.
"""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, cast

# A record is whatever JSON object the runner's history holds; dirty ones are the point, so values are not
# typed.
Activity: TypeAlias = dict[str, Any]


def load_activities(path: Path | str) -> list[Activity]:
    """Read a JSON array of activities, plain or gzipped.

    Raises ValueError with one line that names the file when it is not such an array; OSError when unreadable.
    """
    raw = Path(path).read_bytes()
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        loaded: object = json.loads(raw)
    except (ValueError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: not a JSON array of activities ({error})") from error
    if not isinstance(loaded, list):
        raise ValueError(f"{path}: expected a JSON array of activities, found {type(loaded).__name__}")
    rows = cast("list[object]", loaded)
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ValueError(f"{path}: element {index} is {type(row).__name__}, expected an object")
    return cast("list[Activity]", rows)


def activity_id(record: Activity) -> int | None:
    """The integer id, or None when there is none that Smashrun could have given."""
    value: object = record.get("activityId")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def start_of(record: Activity) -> datetime | None:
    """`startDateTimeLocal` as an aware datetime in its own offset (UTC where it has none), or None."""
    value: object = record.get("startDateTimeLocal")
    if not isinstance(value, str):
        return None
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        return None
    return start if start.tzinfo else start.replace(tzinfo=UTC)


def list_order(record: Activity) -> tuple[str, int]:
    """Sort key of every list: start as wall time, then id.

    A record without a readable start stands where it was uploaded.
    """
    start = start_of(record)
    wall = start.strftime("%Y-%m-%dT%H:%M:%S") if start else str(record.get("dateCreatedUTC") or "")[:19]
    return wall, activity_id(record) or 0


def utc_epoch(value: object) -> float | None:
    """A `...UTC` text as epoch seconds, or None when it is absent, null or unreadable."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def utc_text(moment: datetime) -> str:
    """An instant as Smashrun writes it: UTC, no zone, at most three fractional digits."""
    moment = moment.astimezone(UTC)
    whole = moment.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond // 1000:03d}".rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def minute_text(moment: datetime) -> str:
    """An instant cut to whole minutes, as `syncDateTimeUTC` is."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00")


def number(value: object) -> float:
    """A JSON number as float; anything else counts as 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value)

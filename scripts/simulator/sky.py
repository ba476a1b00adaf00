"""Sun, moon and the other extended fields that follow from a run's date and place."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

from .records import Activity, activity_id, number, start_of

_NEW_MOON = datetime(2000, 1, 6, 18, 14, tzinfo=UTC)
_MONTH_DAYS = 29.530588


def moon_phase(moment: datetime) -> float:
    """0 new, 0.5 full, below 1; two decimals."""
    age_days = (moment - _NEW_MOON).total_seconds() / 86_400
    return math.floor((age_days / _MONTH_DAYS) % 1 * 100) / 100


def sun_times(day: date, latitude: float, longitude: float, offset_minutes: int) -> tuple[str, str]:
    """Sunrise and sunset as local texts with offset, good to a few minutes."""
    year_angle = 2 * math.pi * (day.timetuple().tm_yday - 81) / 365
    declination = math.radians(23.45) * math.sin(year_angle)
    equation_min = 9.87 * math.sin(2 * year_angle) - 7.53 * math.cos(year_angle) - 1.5 * math.sin(year_angle)
    lat = math.radians(latitude)
    horizon = math.sin(math.radians(-0.833)) - math.sin(lat) * math.sin(declination)
    cosine = horizon / (math.cos(lat) * math.cos(declination))
    half_day_min = math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) * 4
    noon_min = 720 - 4 * longitude - equation_min + offset_minutes
    return (
        _local_text(day, noon_min - half_day_min, offset_minutes),
        _local_text(day, noon_min + half_day_min, offset_minutes),
    )


def extended_defaults(record: Activity) -> Activity:
    """The extended fields of a record that has none: sky (from a readable start) and two plain ones."""
    added: Activity = {"isCooperTest": 0}
    known = activity_id(record)
    if known is not None:
        added["speedVariability"] = round(0.02 + (known * 7919 % 60) / 1000, 3)
    start = start_of(record)
    if start is not None:
        offset = start.utcoffset() or timedelta()
        latitude = number(record.get("startLatitude")) or 45.0
        # Without a place the zone's middle meridian serves: noon at about noon.
        longitude = number(record.get("startLongitude")) or offset.total_seconds() / 240
        rise, fall = sun_times(start.date(), latitude, longitude, int(offset.total_seconds() // 60))
        added |= {"sunriseLocal": rise, "sunsetLocal": fall, "moonPhase": moon_phase(start)}
    return added


def _local_text(day: date, minute: float, offset_minutes: int) -> str:
    zone = timezone(timedelta(minutes=offset_minutes))
    # Within the run's own day, whatever a wrong offset makes of noon.
    whole = round(minute) % 1440
    return datetime(day.year, day.month, day.day, whole // 60, whole % 60, tzinfo=zone).isoformat()

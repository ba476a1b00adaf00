"""The forms in which one activity is answered: summary, extended, brief and detail.

Only the fields a form is known to leave out are removed; everything else, odd keys included, passes
untouched.
"""

from __future__ import annotations

from typing import Any, cast

from .records import Activity, number
from .sky import extended_defaults
from .switches import Switches
from .tracks import recording_of

EXTENDED_FIELDS = frozenset(
    {
        "speedVariability", "sunriseLocal", "sunsetLocal", "moonPhase", "elevationGain", "elevationLoss",
        "elevationAscent", "elevationDescent", "elevationMin", "elevationMax", "elevationNet", "countryCode",
        "country", "state", "city", "isCooperTest",
    }
)  # fmt: skip
DETAIL_FIELDS = frozenset(
    {
        "recordingKeys", "recordingValues", "pauseIndexes", "laps", "songs", "heartRateRecovery",
        "bodyWeight", "powerAverage",
    }
)  # fmt: skip
_BRIEF_FIELDS = ("activityId", "startDateTimeLocal", "distance", "duration")


def brief(record: Activity) -> Activity:
    """The four fields of `/search/briefs`; a missing one stays missing."""
    return {key: record[key] for key in _BRIEF_FIELDS if key in record}


def summary(record: Activity) -> Activity:
    """The item of `/my/activities` and `/search`."""
    return {
        key: value for key, value in record.items() if key not in EXTENDED_FIELDS and key not in DETAIL_FIELDS
    }


def extended(record: Activity, seed: int, switches: Switches) -> Activity:
    """The item of `/search/extended`; sky fields are added where the record has no extended field."""
    item = {key: value for key, value in record.items() if key not in DETAIL_FIELDS}
    if not EXTENDED_FIELDS & item.keys():
        item.update(extended_defaults(record))
    if switches.extended_has_recordings:
        full = with_recording(record, seed)
        item.update({key: full[key] for key in ("recordingKeys", "recordingValues") if key in full})
    return item


def detail(record: Activity, seed: int, switches: Switches) -> Activity:
    """The answer of `/my/activities/{id}`: every field; a recording is made up where none is stored."""
    full = with_recording(record, seed)
    if not EXTENDED_FIELDS & full.keys():
        full.update(extended_defaults(record))
    if switches.lap_distance_unit == "m" and isinstance(full.get("laps"), list):
        full["laps"] = [_lap_in_metres(lap) for lap in cast("list[object]", full["laps"])]
    return full


def with_recording(record: Activity, seed: int) -> Activity:
    """The record with a recording, when it says it has details."""
    if record.get("hasDetails") != 1 or record.get("recordingValues"):
        return dict(record)
    bare = {key: value for key, value in record.items() if value is not None or key not in DETAIL_FIELDS}
    return {**bare, **recording_of(record, seed)}


def _lap_in_metres(lap: object) -> object:
    if not isinstance(lap, dict):
        return lap
    fields = cast("dict[str, Any]", lap)
    return {**fields, "endDistance": round(number(fields.get("endDistance")) * 1000, 2)}

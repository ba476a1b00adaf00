"""Runs as events of a calendar (RFC 5545): when, how far and how long; no place, no notes.

Times are the clock on the watch and have no zone, as everywhere in the record: a run at 07:12 in another country stays
one at 07:12. The feed of a shared streak (`streak.ics`) is made by the page, whose package on Lambda has no such library.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any, Final, TextIO

from icalendar import Event
from myrunstreak.contract.activity_types import RUNNING
from myrunstreak.contract.units import Units
from myrunstreak.measures import distance, duration

from scripts.export.source import Source

_HEAD: Final = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MyRunStreak//Runs//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Runs",
        "",
    )
)
_TAIL: Final = "END:VCALENDAR\r\n"
_COLUMNS: Final = (
    "activity_id",
    "start_local",
    "distance_km",
    "duration_s",
    "activity_type",
    "is_race",
    "synced_at",
)


def write_calendar(source: Source, text: TextIO, units: Units) -> int:
    """An event a run, which replaces the one of an earlier export; how many there are."""
    count = 0
    text.write(_HEAD)
    for row in source.selection.rows(source.connection, _COLUMNS):
        text.write(_event(dict(zip(_COLUMNS, row, strict=True)), units).decode())
        count += 1
        source.advance(1)
    text.write(_TAIL)
    return count


def _event(run: dict[str, Any], units: Units) -> bytes:
    event: Any = Event()
    event.add("uid", f"run-{run['activity_id']}@myrunstreak")
    # What a calendar tells a newer version by: when this one was first seen.
    event.add("dtstamp", run["synced_at"].replace(tzinfo=UTC, microsecond=0))
    event.add("dtstart", run["start_local"])
    seconds = int((run["duration_s"] or 0) + 0.5)
    if seconds:
        event.add("dtend", run["start_local"] + timedelta(seconds=seconds))
    event.add("summary", _summary(run, units))
    event.add("transp", "TRANSPARENT")
    return event.to_ical()


def _summary(run: dict[str, Any], units: Units) -> str:
    """``5.20 km, 27:31``; what is no plain run says so."""
    kind = run["activity_type"] or RUNNING
    words = ["Race"] if run["is_race"] else [] if kind == RUNNING else [kind.capitalize()]
    if run["distance_km"] is not None:
        words.append(distance(run["distance_km"], units))
    if run["duration_s"]:
        words.append(duration(run["duration_s"]))
    return ", ".join(words) or "Run"

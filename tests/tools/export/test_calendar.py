"""Runs in a calendar: one event each, on the watch's clock, which a second import replaces."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from scripts.export.calendar import write_calendar
from tests.stage.examples import examples
from tests.stage.runs import Stored, on, opened

from .sources import source_of


def feed_of(connection: duckdb.DuckDBPyConnection, units: str = "km") -> str:
    """The calendar's text."""
    text = io.StringIO(newline="")
    write_calendar(source_of(connection), text, units)  # type: ignore[arg-type]
    return text.getvalue()


def events_of(text: str) -> dict[str, dict[str, object]]:
    """The events of a calendar by their id, as a calendar keeps them."""
    found: list[Any] = Calendar.from_ical(text).walk("VEVENT")
    return {
        str(event["UID"]): {
            "start": event["DTSTART"].dt,
            "end": event["DTEND"].dt if "DTEND" in event else None,
            "summary": str(event["SUMMARY"]),
            "stamp": event["DTSTAMP"].dt,
        }
        for event in found
    }


def test_an_event_says_when_how_far_and_how_long() -> None:
    """A time without a zone; kinds other than a plain run by name; a run without a time is a moment."""
    runs = [
        on("2024-03-01", 1, distance_km=5.2, duration_s=1650.6, utc_offset_minutes=540),
        on("2024-03-02", 2, distance_km=None, duration_s=None),
        on("2024-03-03", 3, distance_km=10.0, duration_s=3600.0, is_race=True),
        on("2024-03-04", 4, deleted=True),
    ]
    with opened(runs) as connection:
        connection.execute("UPDATE activities SET activity_type = 'hiking, wet' WHERE activity_id = 2")
        events, miles = events_of(feed_of(connection)), events_of(feed_of(connection, "mi"))
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    first = runs[0].start_local
    assert {
        "run-1@myrunstreak": {
            "start": first,
            "end": first + timedelta(seconds=1651),
            "summary": "5.20 km, 27:31",
            "stamp": stamp,
        },
        "run-2@myrunstreak": {
            "start": first + timedelta(days=1),
            "end": None,
            "summary": "Hiking, wet",
            "stamp": stamp,
        },
        "run-3@myrunstreak": {
            "start": first + timedelta(days=2),
            "end": first + timedelta(days=2, hours=1),
            "summary": "Race, 10.00 km, 1:00:00",
            "stamp": stamp,
        },
    } == events
    assert "3.23 mi, 27:31" == miles["run-1@myrunstreak"]["summary"]


def test_neither_notes_nor_places_are_in_it() -> None:
    """A calendar is shared more lightly than a record."""
    with opened([on("2024-03-01")]) as connection:
        connection.execute(
            "UPDATE activities SET notes = 'a secret', city = 'Sampleton', start_latitude = 52.123, start_longitude = 4.5"
        )
        text = feed_of(connection)
    assert not [word for word in ("secret", "Sampleton", "52.123", "GEO", "LOCATION") if word in text]


_kinds = (
    st.none() | st.text(max_size=90) | st.sampled_from(["a\r\nBEGIN:VALARM", "x" * 80, "é" * 60, "\x07;,\\"])
)


@examples(60)
@given(kinds=st.lists(_kinds, max_size=4))
def test_any_label_is_text_and_two_imports_are_one(kinds: list[str | None]) -> None:
    """Lines of 75 octets at most that end as RFC 5545 has them, as many events as runs, the same bytes again."""
    runs = [Stored(number, on("2024-03-01").start_local) for number in range(len(kinds))]
    with opened(runs) as connection:
        for number, kind in enumerate(kinds):
            connection.execute(
                "UPDATE activities SET activity_type = ? WHERE activity_id = ?", [kind, number]
            )
        text = feed_of(connection)
        assert text == feed_of(connection)
    lines = text.encode().split(b"\r\n")
    assert b"" == lines[-1]
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    assert len(kinds) == len(events_of(text)) == text.count("BEGIN:VEVENT\r\n")
    assert not [line for line in lines if line.startswith(b"BEGIN:VALARM")]

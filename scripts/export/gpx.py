"""Tracks as GPX 1.1, for Strava, Garmin Connect and maps: place, instant, height, and heart rate and cadence as Garmin
extends them. One run is held at a time, which is why the text is put together here and not by a library.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from scripts.export.source import Source
from scripts.export.tracks import Point, degrees, pieces, runs_with_tracks

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="MyRunStreak" xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">\n'
)
_TAIL: Final = "</gpx>\n"
_COLUMNS: Final = (
    "activity_id",
    "start_local",
    "utc_offset_minutes",
    "offset_suspect",
    "activity_type",
    "is_bad_hr",
    "is_bad_elevation",
)
# A step of the clock that is longer means that it was set during the run.
_LONGEST_STEP_MS: Final = 86_400_000
_NORMAL_STEP_MS: Final = 1_000
# What Garmin's extension takes.
_HEART_RATES: Final = range(1, 256)
_CADENCES: Final = range(255)


def write_gpx(source: Source, text: TextIO) -> int:
    """Every track of the selected runs in one document; how many there are."""
    count = 0
    text.write(_HEAD)
    for _, track in _tracks(source):
        text.write(track)
        count += 1
    text.write(_TAIL)
    return count


def write_gpx_files(source: Source, folder: Path) -> int:
    """A file a run that has a track; how many there are."""
    count = 0
    for run, track in _tracks(source):
        (folder / file_name(run)).write_text(document(track), encoding="utf-8", newline="")
        count += 1
    return count


def file_names(source: Source) -> Iterator[str]:
    """The names that the files of the selected runs have, with a track or without."""
    columns = ("activity_id", "start_local")
    for row in source.selection.rows(source.connection, columns):
        yield file_name(dict(zip(columns, row, strict=True)))


def file_name(run: dict[str, Any]) -> str:
    """``2024-03-01T0712-2900001234.gpx``."""
    return f"{run['start_local']:%Y-%m-%dT%H%M}-{run['activity_id']}.gpx"


def document(tracks: str) -> str:
    """A whole document of these tracks."""
    return _HEAD + tracks + _TAIL


def track_xml(run: dict[str, Any], points: list[Point], zone: ZoneInfo) -> str | None:
    """A run's track; None where it has none. A segment ends at a pause and where the signal was lost.

    Args:
        run: the columns that this module asks for.
        zone: the runner's, for a run whose own UTC offset is not known.
    """
    segments = [
        part for piece in pieces(list(_steady(points))) if len(piece) > 1 for part in _between_pauses(piece)
    ]
    if not segments:
        return None
    start = _instant(run, zone)
    lines = [f"<trk><name>{run['start_local']:%Y-%m-%d %H:%M}</name>"]
    if run["activity_type"]:
        lines.append(f"<type>{escape(_printable(run['activity_type']))}</type>")
    for segment in segments:
        lines += ["<trkseg>", *(_point_xml(point, run, start) for point in segment), "</trkseg>"]
    lines.append("</trk>\n")
    return "\n".join(lines)


def _tracks(source: Source) -> Iterator[tuple[dict[str, Any], str]]:
    zone = ZoneInfo(source.settings.runner_timezone or "UTC")
    for run, points in runs_with_tracks(source, _COLUMNS):
        track = track_xml(run, points, zone)
        if track is not None:
            yield run, track
        source.advance(1)


def _instant(run: dict[str, Any], zone: ZoneInfo) -> datetime:
    """When the run began, in UTC."""
    local: datetime = run["start_local"]
    if run["utc_offset_minutes"] is None or run["offset_suspect"]:
        return local.replace(tzinfo=zone).astimezone(UTC)
    return local.replace(tzinfo=UTC) - timedelta(minutes=run["utc_offset_minutes"])


def _steady(points: list[Point]) -> Iterator[Point]:
    """The points with a clock that never goes back: a watch may be set during the run."""
    shift, last = 0, None
    for point in points:
        if point.clock_ms is None:
            yield point
            continue
        if last is not None and not 0 <= point.clock_ms - last <= _LONGEST_STEP_MS:
            shift += last + _NORMAL_STEP_MS - point.clock_ms
        last = point.clock_ms
        yield point._replace(clock_ms=last + shift)


def _between_pauses(piece: list[Point]) -> Iterator[list[Point]]:
    segment: list[Point] = []
    for point in piece:
        if point.after_pause and segment:
            yield segment
            segment = []
        segment.append(point)
    yield segment


def _point_xml(point: Point, run: dict[str, Any], start: datetime) -> str:
    # The schema's longitudes end below 180.
    longitude = degrees(point.longitude) if point.longitude != 180 else -180.0
    parts = [f'<trkpt lat="{degrees(point.latitude):.7f}" lon="{longitude:.7f}">']
    if point.elevation_m is not None and not run["is_bad_elevation"]:
        parts.append(f"<ele>{point.elevation_m:.2f}</ele>")
    if point.clock_ms is not None:
        moment = start + timedelta(milliseconds=point.clock_ms)
        form = "milliseconds" if point.clock_ms % 1000 else "seconds"
        parts.append(f"<time>{moment.replace(tzinfo=None).isoformat(timespec=form)}Z</time>")
    body: list[str] = []
    if point.heart_rate in _HEART_RATES and not run["is_bad_hr"]:
        body.append(f"<gpxtpx:hr>{point.heart_rate}</gpxtpx:hr>")
    # Garmin counts turns of one leg, which are half the steps.
    if point.cadence is not None and (turns := round(point.cadence / 2)) in _CADENCES:
        body.append(f"<gpxtpx:cad>{turns}</gpxtpx:cad>")
    if body:
        extension = f"<gpxtpx:TrackPointExtension>{''.join(body)}</gpxtpx:TrackPointExtension>"
        parts.append(f"<extensions>{extension}</extensions>")
    parts.append("</trkpt>")
    return "".join(parts)


def _printable(text: str) -> str:
    """What XML can hold of a text."""
    return "".join(sign for sign in text if sign.isprintable())

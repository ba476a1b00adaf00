"""Runs as GeoJSON (RFC 7946): no place outside the globe, no jump around the world, two positions a line or more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

from scripts.export.rows import json_line
from scripts.export.selection import columns_of_runs
from scripts.export.source import Source
from scripts.export.tracks import Point, degrees, is_place, pieces, runs_with_tracks

Position = list[float]
# Where a run began: the place of a feature without a track, and no property of its own unless it is asked for.
_START: Final = ("start_latitude", "start_longitude")


def write_geojson(source: Source, text: TextIO) -> int:
    """One feature a run; a run without a track has the point where it began, or no place at all. How many there are."""
    columns = source.columns or tuple(
        name for name in columns_of_runs(source.connection) if name not in _START
    )
    needed = list(dict.fromkeys((*columns, "activity_id", *_START)))
    text.write('{"type": "FeatureCollection", "features": [')
    count = 0
    for run, track in runs_with_tracks(source, needed):
        feature = {
            "type": "Feature",
            "geometry": geometry(track, run["start_latitude"], run["start_longitude"]),
            "properties": {name: run[name] for name in columns},
        }
        text.write((",\n" if count else "\n") + json_line(feature))
        count += 1
        source.advance(1)
    text.write("\n]}\n")
    return count


def geometry(
    track: Iterable[Point], latitude: float | None = None, longitude: float | None = None
) -> dict[str, Any] | None:
    """The lines of a run; without lines its start as a point; without a start None."""
    lines = [line for piece in pieces(list(track)) for line in _lines(piece) if len(line) > 1]
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    if lines:
        return {"type": "MultiLineString", "coordinates": lines}
    if is_place(latitude, longitude):
        return {"type": "Point", "coordinates": [longitude, latitude]}
    return None


def _lines(piece: list[Point]) -> Iterator[list[Position]]:
    """A piece of a track as lines none of which crosses the 180th meridian: each ends and begins on it."""
    line: list[Position] = []
    for point in piece:
        position = [degrees(point.longitude), degrees(point.latitude)]
        if line and abs(position[0] - line[-1][0]) > 180:
            edge = 180.0 if line[-1][0] > 0 else -180.0
            latitude = _crossing(line[-1], position)
            yield _with(line, [edge, latitude])
            line = [] if position == [-edge, latitude] else [[-edge, latitude]]
        line.append(position)
    yield line


def _crossing(one: Position, two: Position) -> float:
    """The latitude at which the short way from one position to the other crosses the 180th meridian."""
    until, beyond = 180 - abs(one[0]), 180 - abs(two[0])
    share = until / (until + beyond) if until + beyond else 0.0
    return round(one[1] + (two[1] - one[1]) * share, 7)


def _with(line: list[Position], end: Position) -> list[Position]:
    return line if line[-1] == end else [*line, end]

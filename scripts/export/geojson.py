"""A track as GeoJSON (RFC 7946): no place outside the globe, no jump around the world, two positions a line or more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

_EARTH_M: Final = 6_371_000
# A jump: farther apart than this, after the distance at this speed in the time between.
_JUMP_M: Final = 50_000
_JUMP_M_PER_S: Final = 100
# A wild point: this far from both of its neighbours, which are close to each other.
_ASIDE_M: Final = 1_000
_ASIDE_M_PER_S: Final = 50
# A gap: the fix was lost, and came back farther away than this.
_LOST_M: Final = 100

Position = list[float]


class Point(NamedTuple):
    """A sample of a recording: degrees, and the clock in ms where it is known."""

    longitude: float | None
    latitude: float | None
    clock_ms: int | None


def is_place(latitude: float | None, longitude: float | None) -> bool:
    """Whether this can be where a runner was: on the globe, and neither 0/0 nor -1/-1, which mean "unknown"."""
    if latitude is None or longitude is None or not (math.isfinite(latitude) and math.isfinite(longitude)):
        return False
    if abs(latitude) > 90 or abs(longitude) > 180:
        return False
    return (latitude, longitude) not in {(0, 0), (-1, -1)}


def geometry(
    track: Iterable[Point], latitude: float | None = None, longitude: float | None = None
) -> dict[str, Any] | None:
    """The lines of a run; without lines its start as a point; without a start None."""
    lines = [part for line in _lines(list(track)) for part in _cut_at_the_date_line(line) if len(part) > 1]
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    if lines:
        return {"type": "MultiLineString", "coordinates": lines}
    if is_place(latitude, longitude):
        return {"type": "Point", "coordinates": [longitude, latitude]}
    return None


def _lines(track: list[Point]) -> Iterator[list[Position]]:
    """The pieces of a track between jumps, as positions."""
    places = [(number, one) for number, one in enumerate(track) if is_place(one.latitude, one.longitude)]
    line: list[Position] = []
    last: tuple[int, Point] | None = None
    for at, (number, one) in enumerate(places):
        following = places[at + 1][1] if at + 1 < len(places) else None
        if last and following and _is_aside(last[1], one, following):
            continue
        if last and _is_apart(last[1], one, lost=number - last[0] > 1):
            yield line
            line = []
        line.append([_degrees(one.longitude), _degrees(one.latitude)])
        last = number, one
    yield line


def _is_aside(before: Point, one: Point, after: Point) -> bool:
    """Whether a point is far from both of its neighbours, which are close to each other."""
    there, back = _metres(before, one), _metres(one, after)
    if min(there, back) <= _ASIDE_M or _metres(before, after) > min(there, back) / 2:
        return False
    return there > _ASIDE_M + _ASIDE_M_PER_S * _seconds(
        before, one
    ) and back > _ASIDE_M + _ASIDE_M_PER_S * _seconds(one, after)


def _is_apart(before: Point, after: Point, *, lost: bool) -> bool:
    metres = _metres(before, after)
    return metres > _JUMP_M + _JUMP_M_PER_S * _seconds(before, after) or (lost and metres > _LOST_M)


def _seconds(before: Point, after: Point) -> float:
    if before.clock_ms is None or after.clock_ms is None:
        return 0
    # At most an hour: a clock that was set must not hide a jump.
    return min(3_600, max(0, after.clock_ms - before.clock_ms) / 1000)


def _metres(one: Point, two: Point) -> float:
    """Along the great circle."""
    first, second = math.radians(_degrees(one.latitude)), math.radians(_degrees(two.latitude))
    turn = math.radians(_degrees(two.longitude) - _degrees(one.longitude))
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1, math.sqrt(half)))


def _degrees(value: float | None) -> float:
    return value or 0.0


def _cut_at_the_date_line(line: list[Position]) -> Iterator[list[Position]]:
    """The line in pieces none of which crosses the 180th meridian: each ends and begins on it."""
    piece: list[Position] = []
    for position in line:
        if piece and abs(position[0] - piece[-1][0]) > 180:
            edge = 180.0 if piece[-1][0] > 0 else -180.0
            latitude = _crossing(piece[-1], position)
            yield _with(piece, [edge, latitude])
            piece = [] if position == [-edge, latitude] else [[-edge, latitude]]
        piece.append(position)
    yield piece


def _crossing(one: Position, two: Position) -> float:
    """The latitude at which the short way from one position to the other crosses the 180th meridian."""
    until, beyond = 180 - abs(one[0]), 180 - abs(two[0])
    share = until / (until + beyond) if until + beyond else 0.0
    return round(one[1] + (two[1] - one[1]) * share, 7)


def _with(line: list[Position], end: Position) -> list[Position]:
    return line if line[-1] == end else [*line, end]

"""Tracks of the record: the points of each run, without places that no runner was at."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from myrunstreak.contract.settings import Settings
from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.machine_errors import is_machine_error

from scripts.export.selection import FITTING
from scripts.export.source import Source

if TYPE_CHECKING:
    import duckdb

_EARTH_M: Final = 6_371_000
# A jump: farther apart than this, after the distance at this speed in the time between.
_JUMP_M: Final = 50_000
_JUMP_M_PER_S: Final = 100
# A wild point: this far from both of its neighbours, which are close to each other.
_ASIDE_M: Final = 1_000
_ASIDE_M_PER_S: Final = 50
# A gap: the fix was lost, and came back farther away than this.
_LOST_M: Final = 100

# One row per selected run of a year with a track, the earliest first: its points in order, a list for each of their
# fields. A run that moved to another year may be in both years' files.
_TRACKS: Final = f"""
WITH points AS (
    SELECT DISTINCT ON (p.activity_id, p.point) p.*, r.start_local
    FROM read_parquet($files, union_by_name = true) AS p
    JOIN (FROM runs WHERE year(start_date) = $year AND {FITTING}) AS r
        ON r.activity_id = p.activity_id AND r.details_at = p.observed_at
)
SELECT
    activity_id,
    list(longitude_e7 / 1e7 ORDER BY point),
    list(latitude_e7 / 1e7 ORDER BY point),
    list(clock_ms ORDER BY point),
    list(elevation_cm / 100 ORDER BY point),
    list(heart_rate ORDER BY point),
    list(cadence ORDER BY point),
    list(after_pause ORDER BY point)
FROM points
GROUP BY activity_id
HAVING count(latitude_e7) > 0
ORDER BY any_value(start_local), activity_id
"""  # noqa: S608 - our own words
# One row per year of runs whose recordings are in a file: nearly always the file's own.
_YEARS: Final = """
SELECT DISTINCT year(r.start_date)
FROM runs AS r
WHERE (r.activity_id, r.details_at) IN (SELECT (activity_id, observed_at) FROM read_parquet($file))
"""


class Point(NamedTuple):
    """A sample of a recording: degrees, the clock in ms, m, beats and steps per minute, where they are known."""

    longitude: float | None
    latitude: float | None
    clock_ms: int | None = None
    elevation_m: float | None = None
    heart_rate: int | None = None
    cadence: int | None = None
    after_pause: bool | None = None


def runs_with_tracks(source: Source, columns: Sequence[str]) -> Iterator[tuple[dict[str, Any], list[Point]]]:
    """Each selected run with the points of its recording; without any, an empty list. One run is held at a time.

    Args:
        columns: of the run, `activity_id` among them.
    """
    tracks = _read_tracks(source)
    coming = next(tracks, None)
    for row in source.selection.rows(source.connection, columns):
        run = dict(zip(columns, row, strict=True))
        if coming is None or coming[0] != run["activity_id"]:
            yield run, []
            continue
        yield run, coming[1]
        coming = next(tracks, None)


def pieces(track: Sequence[Point]) -> Iterator[list[Point]]:
    """A track between its jumps, without wild points and points without a place."""
    places = [(number, one) for number, one in enumerate(track) if is_place(one.latitude, one.longitude)]
    piece: list[Point] = []
    last: tuple[int, Point] | None = None
    for at, (number, one) in enumerate(places):
        if last and not _are_near(last[1], one):
            following = places[at + 1][1] if at + 1 < len(places) else None
            if following and _is_aside(last[1], one, following):
                continue
            if _is_apart(last[1], one, lost=number - last[0] > 1):
                yield piece
                piece = []
        piece.append(one)
        last = number, one
    yield piece


def is_place(latitude: float | None, longitude: float | None) -> bool:
    """Whether this can be where a runner was: on the globe, and neither 0/0 nor -1/-1, which mean "unknown"."""
    if latitude is None or longitude is None or not (math.isfinite(latitude) and math.isfinite(longitude)):
        return False
    if abs(latitude) > 90 or abs(longitude) > 180:
        return False
    return (latitude, longitude) not in {(0, 0), (-1, -1)}


def _are_near(one: Point, two: Point) -> bool:
    """Whether two points are less than 80 m apart, as nearly all neighbours are: neither wild nor beyond a gap."""
    return (
        abs(degrees(one.latitude) - degrees(two.latitude)) < 0.0005
        and abs(degrees(one.longitude) - degrees(two.longitude)) < 0.0005
    )


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
    first, second = math.radians(degrees(one.latitude)), math.radians(degrees(two.latitude))
    turn = math.radians(degrees(two.longitude) - degrees(one.longitude))
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1, math.sqrt(half)))


def degrees(value: float | None) -> float:
    """An angle of a point that has a place."""
    return value or 0.0


def _read_tracks(source: Source) -> Iterator[tuple[int, list[Point]]]:
    """The id and the points of each selected run that has a track, in the order of the runs."""
    connection, selection = source.connection, source.selection
    with tempfile.TemporaryDirectory() as folder:
        files = _recordings(connection, source.settings, Path(folder))
        for year in selection.years(connection):
            holding = [str(file) for file, years in files.items() if year in years]
            if not holding:
                continue
            asked = {"files": holding, "year": year, **selection.parameters}
            with _damage_told(str(source.settings.recordings)):
                rows = connection.cursor().execute(_TRACKS, asked)
                while row := rows.fetchone():
                    yield row[0], [Point(*values) for values in zip(*row[1:], strict=True)]


def _recordings(
    connection: duckdb.DuckDBPyConnection, settings: Settings, folder: Path
) -> dict[Path, set[int]]:
    """Copies of the recordings' files, and the years of the runs in each: a run may have been edited to another."""
    blobs = open_blobs(settings.recordings, settings.aws_region)
    found: dict[Path, set[int]] = {}
    for number, name in enumerate(list(blobs.names())):
        file = folder / f"{number}.parquet"
        if name.endswith(".parquet") and blobs.fetch(name, file) is not None:
            with _damage_told(f"{blobs.place}/{name}"):
                years = connection.execute(_YEARS, {"file": str(file)}).fetchall()
            found[file] = {year for (year,) in years}
    return found


@contextmanager
def _damage_told(place: str) -> Generator[None]:
    """Say which recordings cannot be read, and how to have them again."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if is_machine_error(error):
            raise
        raise StoreCorrupt(
            f"The recordings {place} are damaged: they cannot be read as Parquet. `myrunstreak rebuild --to "
            "again/runs.duckdb` makes them again from the raw archive, in again/recordings; copy the files from there."
        ) from error

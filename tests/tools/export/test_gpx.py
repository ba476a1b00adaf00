"""Tracks as GPX: valid by the schema's rules for any recording, and read back by a library of others."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import gpxpy
import gpxpy.gpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.store.manager import DuckDBManager
from typer.testing import CliRunner

from scripts.cli import app
from scripts.export.gpx import document, track_xml
from scripts.export.tracks import Point
from tests.stage.drafts import Shelf, recorded, run
from tests.stage.examples import examples

from .points import recordings

GPX = "{http://www.topografix.com/GPX/1/1}"
GARMIN = "{http://www.garmin.com/xmlschemas/TrackPointExtension/v1}"
# What may stand in an element, in the schema's order.
ORDER = {
    "gpx": ["trk"],
    "trk": ["name", "type", "trkseg"],
    "trkseg": ["trkpt"],
    "trkpt": ["ele", "time", "extensions"],
    "extensions": [f"{GARMIN}TrackPointExtension"],
    f"{GARMIN}TrackPointExtension": [f"{GARMIN}hr", f"{GARMIN}cad"],
}
UTC_ZONE = ZoneInfo("UTC")
FIRST = datetime.fromisoformat("2024-03-01T07:12:00")


def a_run(**fields: Any) -> dict[str, Any]:
    """A run in Amsterdam's winter."""
    return {
        "activity_id": 1,
        "start_local": FIRST,
        "utc_offset_minutes": 60,
        "offset_suspect": False,
        "activity_type": "running",
        "is_bad_hr": None,
        "is_bad_elevation": False,
        **fields,
    }


def walked(count: int = 4, **fields: Any) -> list[Point]:
    """Points ten seconds and eleven metres apart."""
    return [Point(4.0, 52 + number / 1e4, number * 10_000)._replace(**fields) for number in range(count)]


def check_element(element: ElementTree.Element) -> None:
    """Hold an element and what is in it to GPX 1.1 and Garmin's extension."""
    name = element.tag.removeprefix(GPX)
    allowed = ORDER.get(name, [])
    places = [allowed.index(child.tag.removeprefix(GPX)) for child in element]
    assert places == sorted(places)
    assert all(places.count(place) == 1 or allowed[place] in {"trk", "trkseg", "trkpt"} for place in places)
    if name == "trkpt":
        assert {"lat", "lon"} == set(element.attrib)
        assert -90 <= float(element.attrib["lat"]) <= 90
        assert -180 <= float(element.attrib["lon"]) < 180
    if name == "ele":
        assert math.isfinite(float(element.text or ""))
    if name == f"{GARMIN}hr":
        assert 1 <= int(element.text or "") <= 255
    if name == f"{GARMIN}cad":
        assert 0 <= int(element.text or "") <= 254
    for child in element:
        check_element(child)


def read(track: str | None) -> gpxpy.gpx.GPX:
    """A document of this track, held to the schema, as gpxpy reads it."""
    text = document(track or "")
    check_element(ElementTree.fromstring(text))
    return gpxpy.parse(text)


def extension(point: gpxpy.gpx.GPXTrackPoint) -> dict[str, int]:
    """Heart rate and cadence of a point."""
    return {
        child.tag.removeprefix(GARMIN): int(child.text or "") for part in point.extensions for child in part
    }


@examples(150)
@given(
    points=recordings,
    kind=st.none() | st.text(max_size=8),
    offset=st.none() | st.integers(-720, 840),
    suspect=st.booleans(),
)
def test_any_recording_gives_a_valid_document(
    points: list[Point], kind: str | None, offset: int | None, suspect: bool
) -> None:
    """Times never go back, and no point was made up."""
    wanted = a_run(activity_type=kind, utc_offset_minutes=offset, offset_suspect=suspect)
    track = read(track_xml(wanted, points, ZoneInfo("Pacific/Auckland")))
    found = [point for part in track.tracks for segment in part.segments for point in segment.points]
    times = [point.time for point in found if point.time]
    assert times == sorted(times)
    known = {(f"{one.longitude:.7f}", f"{one.latitude:.7f}") for one in points if None not in one[:2]}
    known |= {("-180.0000000", latitude) for longitude, latitude in known if longitude == "180.0000000"}
    assert {(f"{point.longitude:.7f}", f"{point.latitude:.7f}") for point in found} <= known


def test_a_point_has_place_instant_height_heart_rate_and_cadence() -> None:
    """The instant in UTC by the run's own offset; the cadence of one leg."""
    points = walked(2, elevation_m=12.5, heart_rate=151, cadence=171)
    points[1] = points[1]._replace(clock_ms=10_500)
    [track] = read(track_xml(a_run(), points, ZoneInfo("Asia/Tokyo"))).tracks
    assert ("2024-03-01 07:12", "running") == (track.name, track.type)
    [segment] = track.segments
    first, second = segment.points
    begin = datetime(2024, 3, 1, 6, 12, tzinfo=UTC)
    assert (52.0, 4.0, 12.5, begin) == (first.latitude, first.longitude, first.elevation, first.time)
    assert begin + timedelta(seconds=10.5) == second.time
    assert {"hr": 151, "cad": 86} == extension(first)


def test_readings_that_the_runner_called_bad_are_left_out() -> None:
    """Heights and heart rates, each by its own flag."""
    points = walked(2, elevation_m=12.5, heart_rate=151, cadence=170)
    [track] = read(track_xml(a_run(is_bad_hr=True, is_bad_elevation=True), points, UTC_ZONE)).tracks
    point = track.segments[0].points[0]
    assert (None, {"cad": 85}) == (point.elevation, extension(point))


@pytest.mark.parametrize("fields", [{"utc_offset_minutes": None}, {"offset_suspect": True}])
def test_a_run_without_an_offset_is_at_the_runners_zone(fields: dict[str, Any]) -> None:
    """The same wall clock, in summer time where it is summer."""
    summer = a_run(start_local=FIRST.replace(month=7), **fields)
    [track] = read(track_xml(summer, walked(), ZoneInfo("Europe/Amsterdam"))).tracks
    assert datetime(2024, 7, 1, 5, 12, tzinfo=UTC) == track.segments[0].points[0].time


def test_a_pause_and_a_lost_signal_end_a_segment() -> None:
    """Nothing is drawn between; the points are all there."""
    points = walked(6)
    points[2] = points[2]._replace(after_pause=True)
    lost = Point(None, None, 60_000)
    elsewhere = [
        one._replace(latitude=(one.latitude or 0) + 0.1, clock_ms=70_000 + number)
        for number, one in enumerate(points)
    ]
    [track] = read(track_xml(a_run(), [*points, lost, *elsewhere], UTC_ZONE)).tracks
    assert [2, 4, 2, 4] == [len(segment.points) for segment in track.segments]


def test_a_clock_that_was_set_during_the_run_goes_on_as_before() -> None:
    """Back by an hour or on to another year: the step counts a second."""
    clocks = [0, 10_000, -3_590_000, -3_580_000, 1_700_000_000, 1_700_010_000]
    points = [one._replace(clock_ms=clock) for one, clock in zip(walked(6), clocks, strict=True)]
    [track] = read(track_xml(a_run(), points, UTC_ZONE)).tracks
    times = [point.time for point in track.segments[0].points if point.time]
    assert [10, 1, 10, 1, 10] == [round((two - one).total_seconds()) for one, two in pairwise(times)]


def test_a_run_without_two_places_has_no_track() -> None:
    """One fix is none."""
    for points in ([], walked(1), [Point(None, None, 0), Point(0.0, 0.0, 1)]):
        assert None is track_xml(a_run(), points, UTC_ZONE)


def test_one_file_and_a_file_a_run_hold_the_same_tracks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each run that has one; what is left out is counted; a folder that holds one of the files is left alone."""
    shelf, database = Shelf(tmp_path / "shelf"), tmp_path / "data" / "runs.duckdb"
    tracks = {
        number: recorded(
            run(number, hasDetails=1, startDateTimeLocal=f"202{number}-10-01T07:12:00+02:00"),
            clock=[0, 10, 20],
            latitude=[52.0, 52.0001, 52.0002],
            longitude=[4.0 + number, 4.0 + number, 4.0 + number],
            heartRate=[140, 150, 160],
        )
        for number in (4, 5)
    }
    shelf.add(shelf.page(0, *tracks.values(), run(7)), shelf.details(1, *tracks.values()))
    manager = DuckDBManager(database)
    manager.catch_up(shelf.archive)
    manager.publish()
    manager.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUCKDB_PATH", str(database))

    def types(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["export", *words])
        return result.exit_code, result.stderr

    code, said = types("--to", "runs.gpx")
    assert (0, True) == (code, "Without a track, and so not in it: 1 run." in said)
    whole = gpxpy.parse((tmp_path / "runs.gpx").read_text())
    assert ["2024-10-01 07:12", "2025-10-01 07:12"] == [track.name for track in whole.tracks]
    assert 0 == types("--format", "gpx", "--to", "tracks/")[0]
    names = ["2024-10-01T0712-4.gpx", "2025-10-01T0712-5.gpx"]
    assert names == sorted(file.name for file in (tmp_path / "tracks").iterdir())
    for name, track in zip(names, whole.tracks, strict=True):
        [alone] = gpxpy.parse((tmp_path / "tracks" / name).read_text()).tracks
        assert [str(point) for point in track.segments[0].points] == [
            str(point) for point in alone.segments[0].points
        ]
    (tmp_path / "tracks" / names[1]).write_text("mine")
    (tmp_path / "tracks" / names[0]).unlink()
    code, said = types("--format", "gpx", "--to", "tracks")
    assert (2, True) == (code, f"tracks/{names[1]} exists already" in said)
    assert ["mine"] == [file.read_text() for file in (tmp_path / "tracks").iterdir()]
    assert 0 == types("--format", "gpx", "--to", "tracks", "--year", "2024")[0]
    assert names == sorted(file.name for file in (tmp_path / "tracks").iterdir())
    assert 0 == types("--format", "gpx", "--to", "tracks", "--force")[0]
    assert "mine" != (tmp_path / "tracks" / names[1]).read_text()

"""Tracks as GeoJSON: what any recording gives is valid by RFC 7946, and what was walked is in it."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from myrunstreak.store.manager import DuckDBManager
from typer.testing import CliRunner

from scripts.cli import app
from scripts.export.geojson import geometry
from scripts.export.tracks import Point
from tests.stage.drafts import Shelf, recorded, run
from tests.stage.examples import examples

from .points import numbers, recordings

LOST = Point(None, None, None)


def track(*places: tuple[float, float], every_s: int = 1) -> list[Point]:
    """Points of longitude and latitude, a second apart."""
    return [
        Point(longitude, latitude, number * every_s * 1000)
        for number, (longitude, latitude) in enumerate(places)
    ]


def lines_of(found: dict[str, Any] | None) -> list[list[list[float]]]:
    """The lines of a geometry, held to RFC 7946: on the globe, two positions each, none across the 180th meridian."""
    if found is None:
        return []
    assert {"type", "coordinates"} == set(found)
    kinds = {"Point": [], "LineString": [found["coordinates"]], "MultiLineString": found["coordinates"]}
    lines: list[list[list[float]]] = kinds[found["type"]]
    assert found["type"] != "MultiLineString" or len(lines) > 1
    positions = (
        [found["coordinates"]] if found["type"] == "Point" else [one for line in lines for one in line]
    )
    for longitude, latitude in positions:
        assert math.isfinite(longitude)
        assert math.isfinite(latitude)
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180
        assert (longitude, latitude) not in {(0, 0), (-1, -1)}
    for line in lines:
        assert len(line) >= 2
        assert all(abs(two[0] - one[0]) <= 180 for one, two in pairwise(line))
    return lines


@examples(200)
@given(points=recordings, latitude=numbers, longitude=numbers)
def test_any_recording_gives_valid_geometry(
    points: list[Point], latitude: float | None, longitude: float | None
) -> None:
    """Whatever the samples say; a place that means nothing is null."""
    lines_of(geometry(points, latitude, longitude))


def test_a_run_over_the_date_line_is_cut_there() -> None:
    """Two lines, one ending and one beginning on the 180th meridian, at the same latitude."""
    found = geometry(track((179.998, -17.0), (179.999, -17.0), (-179.999, -17.002), (-179.998, -17.002)))
    assert {
        "type": "MultiLineString",
        "coordinates": [
            [[179.998, -17.0], [179.999, -17.0], [180.0, -17.001]],
            [[-180.0, -17.001], [-179.999, -17.002], [-179.998, -17.002]],
        ],
    } == found


@pytest.mark.parametrize(
    "wild", [(-74.0, 40.7), (4.1, 52.0), (0.0, 0.0), (-1.0, -1.0), (4.0, 91.0), (181.0, 52.0)]
)
def test_a_single_wild_point_is_left_out(wild: tuple[float, float]) -> None:
    """The line goes on from the point before it to the one after."""
    sound = [(4.0, 52.0), (4.0001, 52.0), (4.0002, 52.0), (4.0003, 52.0)]
    points = track(*sound[:2], wild, *sound[2:])
    assert {"type": "LineString", "coordinates": [list(one) for one in sound]} == geometry(points)


def test_a_fix_that_comes_back_elsewhere_begins_another_line() -> None:
    """Lost, and found two kilometres on; what comes back where it was lost goes on."""
    first, second = [(4.0, 52.0), (4.0001, 52.0)], [(4.03, 52.0), (4.0301, 52.0)]
    found = lines_of(geometry([*track(*first), LOST, LOST, *track(*second)]))
    assert [[list(one) for one in first], [list(one) for one in second]] == found
    near = [(4.0002, 52.0), (4.0003, 52.0)]
    assert 1 == len(lines_of(geometry([*track(*first), LOST, *track(*near)])))


def test_a_leap_around_the_world_is_no_line() -> None:
    """Without a lost fix too."""
    found = geometry(track((4.0, 52.0), (4.0001, 52.0), (-74.0, 40.7), (-74.0001, 40.7)))
    assert 2 == len(lines_of(found))


def test_without_two_positions_the_start_stands_for_the_run() -> None:
    """One fix is no line; no place at all is null."""
    assert {"type": "Point", "coordinates": [4.0, 52.0]} == geometry(track((4.1, 52.1)), 52.0, 4.0)
    assert None is geometry(track((4.1, 52.1)))
    for latitude, longitude in ((0.0, 0.0), (-1.0, -1.0), (91.0, 4.0), (52.0, math.nan), (52.0, None)):
        assert None is geometry([], latitude, longitude)


def test_a_run_whose_date_was_edited_keeps_its_track_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file of the year that it moved to; and in any other, where a sync died in between."""
    shelf, database = Shelf(tmp_path / "shelf"), tmp_path / "data" / "runs.duckdb"
    places = [[4.0, 52.0 + number / 1e4] for number in range(6)]
    record = recorded(
        run(1, hasDetails=1),
        clock=[10 * number for number in range(6)],
        latitude=[latitude for _, latitude in places],
        longitude=[longitude for longitude, _ in places],
    )
    earlier = run(1, hasDetails=1, startDateTimeLocal="2025-12-31T23:50:00+01:00")
    for objects in (
        [shelf.page(0, run(1, hasDetails=1)), shelf.details(1, record)],
        [shelf.page(2, earlier)],
    ):
        shelf.add(*objects)
        manager = DuckDBManager(database)
        manager.catch_up(shelf.archive)
        manager.publish()
        manager.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUCKDB_PATH", str(database))

    def exported() -> list[list[list[float]]]:
        file = tmp_path / "runs.geojson"
        words = ["export", "--format", "geojson", "--to", str(file), "--force"]
        assert 0 == CliRunner().invoke(app, words).exit_code
        return [
            line for one in json.loads(file.read_text())["features"] for line in lines_of(one["geometry"])
        ]

    assert [places] == exported()
    recordings = database.parent / "recordings"
    (recordings / "year=2025").rename(recordings / "year=1999")
    assert [places] == exported()

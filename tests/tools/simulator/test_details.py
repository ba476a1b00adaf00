"""One activity in full, and its splits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.simulator import Simulator
from scripts.simulator.splits import splits
from scripts.simulator.tracks import recording_of

Record = dict[str, Any]
# The recording of the API reference, section 3.2, and the splits it prints in 3.5.
REFERENCE: Record = {
    "activityId": 4100231,
    "duration": 861.0,
    "distance": 2.43029,
    "hasDetails": 1,
    "startDateTimeLocal": "2024-05-01T07:12:00+02:00",
    "recordingKeys": ["clock", "duration", "distance", "elevation", "heartRate"],
    "recordingValues": [
        [0, 96, 191, 288, 383, 479, 605, 701, 796, 891],
        [0, 96, 191, 288, 383, 479, 575, 671, 766, 861],
        [0, 0.27019, 0.53998, 0.80984, 1.08046, 1.3509, 1.62045, 1.89054, 2.16052, 2.43029],
        [1.2, 0.8, -0.4, -1.6, -2.0, -1.1, 0.4, 1.9, 2.4, 2.2],
        [96, 132, 145, 149, 152, 154, 147, 158, 163, 168],
    ],
    "pauseIndexes": [6],
    "laps": [{"lapType": "warmup", "endDuration": 383, "endDistance": 1.08046}],
}
REFERENCE_SPLITS = [
    {
        "distance": 1.0,
        "seconds": 355,
        "speed": 10.14,
        "heartRate": 142,
        "elevationGain": 0,
        "elevationLoss": 3,
    },
    {
        "distance": 2.0,
        "seconds": 710,
        "speed": 10.14,
        "heartRate": 153,
        "elevationGain": 4,
        "elevationLoss": 3,
    },
    {
        "distance": 2.43029,
        "seconds": 861,
        "speed": 10.26,
        "heartRate": 166,
        "elevationGain": 4,
        "elevationLoss": 3,
    },
]


def test_splits_of_the_reference_recording_are_the_reference_splits(simulate: Any) -> None:
    """Running totals, interpolated and rounded, to the last figure."""
    api = simulate([REFERENCE])
    assert api.get("/my/activities/4100231/splits/km").json() == REFERENCE_SPLITS


def test_without_a_duration_series_the_pauses_are_taken_out_of_the_clock() -> None:
    """The step across a pause counts as one usual step."""
    keys, values = REFERENCE["recordingKeys"], REFERENCE["recordingValues"]
    bare = REFERENCE | {"recordingKeys": [keys[0], *keys[2:]], "recordingValues": [values[0], *values[2:]]}
    assert [row["seconds"] for row in splits(bare, "km")] == [355, 710, 861]


def test_mile_splits_are_in_miles(simulate: Any) -> None:
    """Distances in miles of 1.609344 km; speed in km/h unless switched."""
    first, tail = simulate([REFERENCE]).get("/my/activities/4100231/splits/mi").json()
    assert (1.0, round(2.43029 / 1.609344, 5)) == (first["distance"], tail["distance"])
    assert round(1.609344 / first["seconds"] * 3600, 2) == first["speed"]
    mph, _ = simulate([REFERENCE], split_speed_unit="unit").get("/my/activities/4100231/splits/mi").json()
    assert round(3600 / first["seconds"], 2) == mph["speed"]


def test_a_run_that_ends_on_a_mark_has_a_tail_of_zero_length() -> None:
    """The guard against dividing by nothing has something to guard against."""
    record = {"recordingKeys": ["duration", "distance"], "recordingValues": [[0, 300, 600], [0, 1.0, 2.0]]}
    assert [(r["distance"], r["seconds"]) for r in splits(record, "km")] == [
        (1.0, 300),
        (2.0, 600),
        (2.0, 600),
    ]


@pytest.mark.parametrize(("switch", "status"), [("empty", 200), ("404", 404), ("500", 500)])
def test_splits_of_a_run_without_details_are_as_switched(
    simulate: Any, run: Callable[..., Record], switch: str, status: int
) -> None:
    """An empty list or a failing status."""
    answer = simulate([run(1, hasDetails=0)], splits_without_details=switch).get(
        "/my/activities/4100001/splits/km"
    )
    assert status == answer.status_code


@pytest.mark.parametrize("path", ["/my/activities/99", "/my/activities/99/splits/km", "/my/activities/x"])
def test_an_unknown_id_is_not_found(simulate: Any, path: str) -> None:
    """Details and splits alike."""
    assert simulate([]).get(path).status_code == 404


def test_an_unknown_split_unit_is_not_found(simulate: Any) -> None:
    """Only km and mi."""
    assert simulate([REFERENCE]).get("/my/activities/4100231/splits/m").status_code == 404


def test_a_deleted_id_is_gone_or_stale_as_switched(simulate: Any, run: Callable[..., Record]) -> None:
    """404, or 200 with what was there."""
    for switch, status in (("404", 404), ("stale", 200)):
        api = simulate([run(1)], deleted_detail=switch)
        api.sim.delete(4_100_001)
        assert status == api.get("/my/activities/4100001").status_code


def test_a_stored_recording_is_answered_as_it_is(simulate: Any) -> None:
    """Nothing is made up where the file has it."""
    detail = simulate([REFERENCE]).get("/my/activities/4100231").json()
    assert {key: detail[key] for key in REFERENCE} == REFERENCE


def test_lap_distances_can_be_metres(simulate: Any) -> None:
    """The disputed unit, as switched."""
    detail = simulate([REFERENCE], lap_distance_unit="m").get("/my/activities/4100231").json()
    assert detail["laps"][0]["endDistance"] == 1080.46


def test_a_recording_that_is_made_up_adds_up_to_its_summary(
    simulate: Any, run: Callable[..., Record]
) -> None:
    """Totals of the series are the summary's own, and all series have one length."""
    detail = simulate([run(1)]).get("/my/activities/4100001").json()
    series = dict(zip(detail["recordingKeys"], detail["recordingValues"], strict=True))
    assert {
        "clock",
        "duration",
        "distance",
        "latitude",
        "longitude",
        "elevation",
        "heartRate",
    } <= series.keys()
    assert len({len(values) for values in series.values()}) == 1
    assert (series["distance"][-1], series["duration"][-1]) == (5.12345, 1800.5)
    assert sorted(series["distance"]) == series["distance"]
    assert (
        pytest.approx(
            sum(max(0, b - a) for a, b in zip(series["elevation"], series["elevation"][1:], strict=False)),
            abs=3,
        )
        == 20
    )


def test_pauses_widen_the_gap_between_clock_and_duration() -> None:
    """Exactly at the indexes the recording names."""
    record = {"distance": 8.0, "duration": 2700.0, "hasDetails": 1}
    seen = 0
    for number in range(40):
        detail = recording_of(record | {"activityId": number}, seed=1)
        series = dict(zip(detail["recordingKeys"], detail["recordingValues"], strict=True))
        gaps = [c - d for c, d in zip(series["clock"], series["duration"], strict=True)]
        widened = [i for i in range(1, len(gaps)) if gaps[i] > gaps[i - 1] + 1e-6]
        assert detail["pauseIndexes"] == widened
        seen += len(widened)
    assert seen > 5


def test_lost_fixes_are_minus_one_in_both_and_the_track_is_as_long_as_the_run() -> None:
    """Some runs lose the sky for a few points; never one coordinate alone."""
    record = {
        "distance": 8.0,
        "duration": 2700.0,
        "hasDetailsGPS": 1,
        "startLatitude": 47.2,
        "startLongitude": -17.9,
    }
    lost = 0
    for number in range(60):
        detail = recording_of(record | {"activityId": number}, seed=1)
        series = dict(zip(detail["recordingKeys"], detail["recordingValues"], strict=True))
        pairs = list(zip(series["latitude"], series["longitude"], strict=True))
        assert all((lat == -1) == (lon == -1) for lat, lon in pairs)
        lost += sum(lat == -1 for lat, _ in pairs)
        assert pytest.approx(pairs[0]) == (47.2, -17.9)
    assert lost > 0


@pytest.mark.parametrize("fields", [{"hasDetails": 0}, {"duration": 0.0}, {"distance": 0.0}])
def test_nothing_recorded_means_no_recording(
    simulate: Any, run: Callable[..., Record], fields: Record
) -> None:
    """No details, no time or no distance: the keys are absent."""
    detail = simulate([run(1, **fields)]).get("/my/activities/4100001").json()
    assert "recordingKeys" not in detail


def test_same_seed_same_recording_in_another_simulator(run: Callable[..., Record]) -> None:
    """Recordings depend on seed and id alone."""
    assert recording_of(run(1), 1) == recording_of(run(1), 1)
    assert recording_of(run(1), 1) != recording_of(run(1), 2)
    assert recording_of(run(1), 1) != recording_of(run(2), 1)
    assert Simulator([run(1)], seed=1).client_secret == Simulator(seed=1).client_secret


def test_halves_are_rounded_up() -> None:
    """142.5 beats and 300.5 s become 143 and 301, not the even neighbour's 142 and 300."""
    record = {
        "recordingKeys": ["duration", "distance", "heartRate"],
        "recordingValues": [[0, 150, 300.5], [0, 0.5, 1.0], [100, 142, 143]],
    }
    first = splits(record, "km")[0]
    assert (first["seconds"], first["heartRate"]) == (301, 143)

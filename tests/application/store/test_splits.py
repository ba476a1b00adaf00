"""Splits come out of the recording as Smashrun itself reports them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.simulator import seeded_history
from scripts.simulator.splits import splits as smashruns_splits
from scripts.simulator.tracks import recording_of
from tests.stage.drafts import Run, Shelf, open_database, recorded, rows, run
from tests.stage.examples import examples

# The worked example of Smashrun's documentation: a pause before the seventh point, a lost fix at the fifth.
EXAMPLE = recorded(
    run(1, distance=2.43029, duration=861.0, hasDetails=1),
    clock=[0, 96, 191, 288, 383, 479, 605, 701, 796, 891],
    duration=[0, 96, 191, 288, 383, 479, 575, 671, 766, 861],
    distance=[0, 0.27019, 0.53998, 0.80984, 1.08046, 1.3509, 1.62045, 1.89054, 2.16052, 2.43029],
    latitude=[51.9021, 51.90239, 51.90184, 51.90051, -1, 51.89623, 51.89381, 51.89158, 51.88982, 51.88874],
    longitude=[4.4877, 4.49161, 4.49544, 4.49873, -1, 4.50222, 4.50199, 4.50043, 4.49772, 4.4942],
    elevation=[1.2, 0.8, -0.4, -1.6, -2.0, -1.1, 0.4, 1.9, 2.4, 2.2],
    heartRate=[96, 132, 145, 149, 152, 154, 147, 158, 163, 168],
    cadence=[150, 167, 168, 169, 168, 170, 160, 171, 174, 178],
) | {"pauseIndexes": [6]}
EXAMPLE_SPLITS = [(1.0, 355, 142, 0, 3), (2.0, 710, 153, 4, 3), (2.43029, 861, 166, 4, 3)]

Split = dict[str, Any]
MILE_KM = 1.609344


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


def stored_splits(shelf: Shelf, *records: Run) -> dict[tuple[int, str], list[Split]]:
    """What the database makes of whole activities, by run and unit."""
    database = open_database()
    database.apply(
        [shelf.page(0, *({k: v for k, v in r.items() if not k.startswith("recording")} for r in records))]
    )
    database.apply([shelf.details(1, *records)])
    cursor = database.connection.execute("SELECT * FROM splits ORDER BY activity_id, unit, split_number")
    names = [column[0] for column in cursor.description or []]
    found: dict[tuple[int, str], list[Split]] = {}
    for row in cursor.fetchall():
        found.setdefault((row[0], row[1]), []).append(dict(zip(names, row, strict=True)))
    return found


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)


def _running_totals(splits: list[Split], unit_km: float) -> list[tuple[float | None, ...]]:
    distance = seconds = gain = loss = 0.0
    totals: list[tuple[float | None, ...]] = []
    for split in splits:
        distance, seconds = distance + split["distance_km"] / unit_km, seconds + split["duration_s"]
        gain, loss = gain + (split["elevation_gain_m"] or 0), loss + (split["elevation_loss_m"] or 0)
        totals.append((distance, seconds, split["heart_rate_avg"], gain, loss))
    return totals


def test_the_documented_example_comes_out_as_documented(drawer: Shelf) -> None:
    """Seconds without the pause, heart rate and climb of each split, the remainder last."""
    totals = _running_totals(stored_splits(drawer, EXAMPLE)[1, "km"], 1.0)
    rounded = [(round(d or 0, 5), *(_nearest(float(one or 0)) for one in rest)) for d, *rest in totals]
    assert EXAMPLE_SPLITS == rounded


def test_splits_are_smashruns_own_for_years_of_runs(drawer: Shelf) -> None:
    """Held against the other implementation, in km and miles: distance, seconds, heart rate and climb."""
    records = [
        record | recording_of(record, 7) | {"activityId": number, "hasDetails": 1}
        for number, record in enumerate(seeded_history(3)[:4000:50], start=1)
    ]
    records = [record for record in records if "recordingKeys" in record and "startDateTimeLocal" in record]
    stored = stored_splits(drawer, *records)
    compared = 0
    for record in records:
        for unit, unit_km in (("km", 1.0), ("mi", MILE_KM)):
            theirs = list(smashruns_splits(record, unit))  # type: ignore[arg-type]
            # Smashrun adds a row of no length where a run ends on a mark.
            theirs = [
                row for i, row in enumerate(theirs) if not i or row["distance"] > theirs[i - 1]["distance"]
            ]
            ours = _running_totals(stored[record["activityId"], unit], unit_km)
            assert [row["distance"] for row in theirs] == pytest.approx(
                [total[0] for total in ours], abs=6e-6
            )
            assert [row["seconds"] for row in theirs] == pytest.approx([total[1] for total in ours], abs=0.51)
            for row, (_, _, beats, gain, loss) in zip(theirs, ours, strict=True):
                assert (row.get("heartRate") is None) == (beats is None)
                assert row.get("heartRate", 0) == pytest.approx(beats or 0, abs=0.51)
                assert row.get("elevationGain", 0) == pytest.approx(gain, abs=0.51)
                assert row.get("elevationLoss", 0) == pytest.approx(loss, abs=0.51)
            compared += len(theirs)
    assert compared > 500


_series = st.lists(
    st.tuples(st.floats(0, 400).map(lambda s: round(s, 1)), st.floats(0, 1.2).map(lambda d: round(d, 5))),
    min_size=1,
    max_size=25,
)


@examples(10)
@given(recordings=st.lists(_series, min_size=1, max_size=6))
def test_splits_add_up_to_the_recording(drawer: Shelf, recordings: list[list[tuple[float, float]]]) -> None:
    """Whatever the steps, nothing is lost or counted twice: distance and time are the recording's totals."""
    records: list[Run] = []
    for number, steps in enumerate(recordings):
        seconds, way = [0.0], [0.0]
        for step_s, step_km in steps:
            seconds.append(round(seconds[-1] + step_s, 1))
            way.append(round(way[-1] + step_km, 5))
        record = run(number, distance=way[-1], hasDetails=1)
        records.append(recorded(record, clock=seconds, duration=seconds, distance=way))
    stored = stored_splits(drawer, *records)
    for record in records:
        _, seconds, way = record["recordingValues"]
        for unit, unit_km in (("km", 1.0), ("mi", MILE_KM)):
            splits = stored.get((record["activityId"], unit), [])
            assert way[-1] == pytest.approx(sum(split["distance_km"] for split in splits), abs=2e-5)
            if way[-1] > 0.001:
                assert seconds[-1] == pytest.approx(sum(split["duration_s"] for split in splits), abs=0.05)
            assert [*range(1, len(splits) + 1)] == [split["split_number"] for split in splits]
            assert all(split["distance_km"] == pytest.approx(unit_km) for split in splits[:-1])


def test_a_run_without_heights_has_no_climb_rather_than_none_of_it(drawer: Shelf) -> None:
    """Nothing measured is unknown, not flat."""
    (split,) = stored_splits(drawer, recorded(run(1), duration=[0, 300], distance=[0, 0.9]))[1, "km"]
    assert (None, None, None) == (
        split["elevation_gain_m"],
        split["elevation_loss_m"],
        split["heart_rate_avg"],
    )


def test_without_a_moving_time_the_clock_less_the_pauses_counts(drawer: Shelf) -> None:
    """A pause lasts as long as its step is longer than a usual one."""
    clock = [0, 60, 120, 780, 840, 900]
    record = recorded(run(1), clock=clock, distance=[0, 0.2, 0.4, 0.6, 0.8, 1.0]) | {"pauseIndexes": [3]}
    (split,) = stored_splits(drawer, record)[1, "km"]
    assert 300.0 == split["duration_s"]
    assert smashruns_splits(record, "km")[0]["seconds"] == split["duration_s"]


def test_a_distance_that_jumps_back_never_shrinks_the_way(drawer: Shelf) -> None:
    """A correction by the watch: the way covered stays, the time goes on."""
    record = recorded(run(1), duration=[0, 300, 310, 600], distance=[0, 1.1, 0.9, 2.0])
    splits = stored_splits(drawer, record)[1, "km"]
    assert [1.0, 1.0] == pytest.approx([split["distance_km"] for split in splits])
    assert 600 == pytest.approx(sum(split["duration_s"] for split in splits))


def test_gaps_in_a_series_are_stepped_over(drawer: Shelf) -> None:
    """Nulls and words among the values: the other points count."""
    record = recorded(run(1), duration=[0, 150, None, 300, "x"], distance=[0, 0.5, 0.7, 1.0, 1.1])
    (split,) = stored_splits(drawer, record)[1, "km"]
    assert (1.0, 300.0) == (pytest.approx(split["distance_km"]), split["duration_s"])


@pytest.mark.parametrize(
    "broken",
    [
        {"recordingKeys": None, "recordingValues": None},
        {"recordingKeys": [], "recordingValues": []},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[], []]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[0, 300]]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[0, 300], [0, 1, 2]]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[0, 300], None]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": "none"},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[None, None], [None, None]]},
        {"recordingKeys": ["clock"], "recordingValues": [[0, 1]]},
        {"recordingKeys": ["distance"], "recordingValues": [[0, 1.0]]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[0, 300], [0, 0]]},
        {"recordingKeys": ["duration", "distance"], "recordingValues": [[0], [0]]},
    ],
)
def test_an_unusable_recording_gives_no_splits_and_spoils_nothing(drawer: Shelf, broken: Run) -> None:
    """Its neighbours are stored, its laps too, and Smashrun's own splits are asked for."""
    laps = {"laps": [{"lapType": "general", "endDuration": 300, "endDistance": 1.0}]}
    database = open_database()
    database.apply([drawer.page(0, run(1, hasDetails=1), run(2, hasDetails=1))])
    sound = recorded(run(2, hasDetails=1), duration=[0, 300], distance=[0, 1.0])
    database.apply([drawer.details(1, run(1, hasDetails=1) | broken | laps, sound)])
    assert [(2,)] == rows(database, "SELECT DISTINCT activity_id FROM splits")
    assert [(1,)] == rows(database, "SELECT activity_id FROM laps")
    assert [1] == database.pending_splits(10)

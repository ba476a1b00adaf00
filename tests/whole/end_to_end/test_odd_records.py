"""Odd runs: each is stored on its own day, or is shown in quarantine and tried again."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from scripts.simulator import Switches
from tests.stage.history import FIRST_ID, NO_ID, NO_START, Record, run, runs
from tests.stage.world import MakeWorld, World, assert_rebuilds

EMOJI = "\N{RUNNER}\N{ZERO WIDTH JOINER}\N{FEMALE SIGN}\N{VARIATION SELECTOR-16}" * 200

ODD: dict[str, tuple[dict[str, Any], date]] = {
    "0 km": ({"distance": 0}, date(2026, 4, 1)),
    "0 s": ({"duration": 0}, date(2026, 4, 1)),
    "0 km and 0 s": ({"distance": 0.0, "duration": 0.0}, date(2026, 4, 1)),
    "an unknown distance": ({"distance": -1}, date(2026, 4, 1)),
    "an unknown duration": ({"duration": -1}, date(2026, 4, 1)),
    "no heart rate": ({"heartRateAverage": None}, date(2026, 4, 1)),
    "a weather never seen": ({"weatherType": "frogs\N{FROG FACE}"}, date(2026, 4, 1)),
    "800 emoji": ({"notes": EMOJI}, date(2026, 4, 1)),
    "offset +14:00": ({"startDateTimeLocal": "2026-04-01T00:05:00+14:00"}, date(2026, 4, 1)),
    "offset -12:00": ({"startDateTimeLocal": "2026-04-01T23:55:00-12:00"}, date(2026, 4, 1)),
    "offset +15:00": ({"startDateTimeLocal": "2026-04-01T12:00:00+15:00"}, date(2026, 4, 1)),
    "23:59": ({"startDateTimeLocal": "2026-04-01T23:59:00+02:00"}, date(2026, 4, 1)),
    "00:00": ({"startDateTimeLocal": "2026-04-01T00:00:00+02:00"}, date(2026, 4, 1)),
    "29 February": ({"startDateTimeLocal": "2024-02-29T22:30:00-05:00"}, date(2024, 2, 29)),
    "the night clocks change": ({"startDateTimeLocal": "2025-10-26T02:30:00+01:00"}, date(2025, 10, 26)),
    "an id beyond 2^31": ({"activityId": 2**31 + 7}, date(2026, 4, 1)),
    "an id beyond 2^53": ({"activityId": 2**53 + 1}, date(2026, 4, 1)),
    "unknown fields": ({"shoeId": {"a": [1, None]}, "mood": "\x00\u2028"}, date(2026, 4, 1)),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_run_is_stored_on_its_own_day(name: str, make_world: MakeWorld) -> None:
    """Whatever is odd about it, it is a live run on the day that its text says."""
    fields, day = ODD[name]
    odd = {"startDateTimeLocal": "2026-04-01T07:12:00+02:00", "activityId": FIRST_ID + 777} | fields
    record = run(1) | {"hasDetails": 0} | odd
    world = make_world([record, *runs(3)])
    result = world.sync()
    assert (4, 0) == (result.runs_new, result.runs_quarantined)
    row = world.ask(
        f"SELECT start_date, distance_km, duration_s, notes FROM runs WHERE activity_id = {record['activityId']}"
    )
    known = [None if record[name] == -1 else record[name] for name in ("distance", "duration", "notes")]
    assert [(day, *known)] == row
    assert_rebuilds(world)


def test_two_runs_in_one_minute_are_two_runs(make_world: MakeWorld) -> None:
    """The same start, other ids."""
    twin = run(1) | {"activityId": FIRST_ID + 888}
    world = make_world([*runs(3), twin, run(1, of=3)])
    world.sync()
    assert [(4,)] == world.ask("SELECT count(*) FROM runs")


def test_all_oddities_at_once_survive_the_archive(make_world: MakeWorld) -> None:
    """Stored together, by pages, they come back from the archive as they were."""
    records = [
        run(number) | {"activityId": FIRST_ID + 3000 + number, "hasDetails": 0} | fields
        for number, (fields, _) in enumerate(ODD.values())
    ]
    world = make_world(records)
    assert len(ODD) == world.sync().runs_new
    assert_rebuilds(world)


def test_quarantined_records_are_shown_and_stored_once_mended(make_world: MakeWorld) -> None:
    """A record without a start is kept raw with the reason; mended at the source, it is a run."""
    world = make_world([NO_START, *runs(3)])
    assert (3, 1) == ((first := world.sync()).runs_new, first.runs_quarantined)
    ((reason, raw),) = world.ask("SELECT reason, raw FROM quarantine")
    assert "startDateTimeLocal" in reason
    assert NO_START["activityId"] == json.loads(raw)["activityId"]
    assert 0 == world.clean_sync().runs_quarantined
    world.sim.edit(NO_START["activityId"], startDateTimeLocal="2026-04-02T08:00:00+02:00")
    assert 1 == world.clean_sync().runs_new
    assert [] == world.ask("SELECT * FROM quarantine")
    assert_rebuilds(world)


def test_a_record_that_gets_its_id_leaves_the_quarantine(make_world: MakeWorld, tmp_path: object) -> None:
    """A record without an id is known again, once it has one, by its start and distance."""
    world = make_world([NO_ID, *runs(3)])
    world.sync()
    assert [(1,)] == world.ask("SELECT count(*) FROM quarantine")
    mended: list[Record] = [
        NO_ID | {"activityId": FIRST_ID + 999, "dateUpdatedUTC": "2026-05-02T05:00:00"},
        *runs(3),
    ]
    other = World(world.folder, mended, Switches(rate_limits=False))
    assert 1 == other.clean_sync().runs_new
    assert [(0,)] == other.ask("SELECT count(*) FROM quarantine")
    assert_rebuilds(other)
    other.close()


@pytest.mark.parametrize(
    "broken",
    [
        {"activityId": None},
        {"activityId": "x"},
        {"startDateTimeLocal": "yesterday"},
        {"startDateTimeLocal": "2026-02-30T08:00:00+01:00"},
        {"distance": -2},
        {"distance": "far"},
    ],
    ids=str,
)
def test_a_record_that_cannot_be_stored_does_not_hinder_the_others(
    broken: dict[str, Any], make_world: MakeWorld
) -> None:
    """It is counted, shown with its reason, and everything else is there; it does not come up again."""
    world = make_world([run(1) | {"activityId": FIRST_ID + 4000} | broken, *runs(12, hasDetails=0)])
    result = world.sync()
    assert (12, 1, "complete") == (result.runs_new, result.runs_quarantined, result.status)
    assert [(1,)] == world.ask("SELECT count(*) FROM quarantine WHERE length(reason) > 5")
    assert (0, False) == ((again := world.clean_sync({"full": True})).runs_quarantined, again.published)
    assert_rebuilds(world)

"""The history changes while it is read, at any page: the next sync leaves nothing hidden."""

from __future__ import annotations

import pytest

from scripts.simulator import Fault
from tests.stage.history import FIRST_ID, Record
from tests.stage.source_changes import CHANGES, change_the_source, check_change, fresh_content, prepared
from tests.stage.world import MakeWorld, World, assert_rebuilds

LIST = "/my/activities/search/extended"


def runs_at(world: World) -> list[Record]:
    """The records at the source that have an id."""
    return [record for record in world.sim.activities if "activityId" in record]


@pytest.mark.parametrize("name", CHANGES)
def test_a_first_sync_survives_a_change_in_mid_walk(name: str, make_world: MakeWorld) -> None:
    """Runs come, go and change between two pages of a first sync."""
    at = 1 + list(CHANGES).index(name) % 5
    expected = fresh_content(make_world, CHANGES[name], daily=False)
    check_change(prepared(make_world()), CHANGES[name], at, expected)


@pytest.mark.parametrize("name", CHANGES)
def test_a_daily_sync_survives_a_change_in_mid_walk(
    name: str, make_world: MakeWorld, synced_world: World
) -> None:
    """Runs come, go and change between two pages of a sync that lists what has changed."""
    at = 1 + list(CHANGES).index(name) % 4
    expected = fresh_content(make_world, CHANGES[name], daily=True)
    prepared(synced_world)
    change_the_source(synced_world)
    synced_world.next_day()
    check_change(synced_world, CHANGES[name], at, expected)


def test_a_history_that_never_stops_changing_is_read_to_its_end(make_world: MakeWorld) -> None:
    """Before every page some run is edited: every sync ends, and after the last nothing is missing."""
    world = make_world()
    fault = Fault.call(
        lambda sim: sim.edit(FIRST_ID + sim.count() % 45, notes=f"edit {sim.count()}"), path=LIST, times=None
    )
    world.sim.inject(fault)
    for event in ({}, {}, {"full": True}):
        world.sync(event)
    world.clean_sync()
    notes = {a["activityId"]: a["notes"] for a in runs_at(world) if a["startDateTimeLocal"]}
    assert notes == dict(world.ask("SELECT activity_id, notes FROM runs"))
    assert_rebuilds(world)


def test_a_change_that_smashrun_did_not_stamp_is_told_as_drift(synced_world: World) -> None:
    """Only reading everything again finds it: how many there were is in the result, once."""
    [first, second] = sorted(one["activityId"] for one in synced_world.sim.activities if "activityId" in one)[
        :2
    ]
    synced_world.sim.edit(first, touch=False, distance=9.87654)
    synced_world.sim.edit(second, distance=8.76543)
    result = synced_world.clean_sync({"full": True})
    assert (2, 1) == (result.runs_updated, result.runs_drifted)
    assert 0 == synced_world.clean_sync({"full": True}).runs_drifted

"""The history changes while it is read, at any page: the next sync leaves nothing hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.simulator import Fault, Simulator
from tests.stage.content import live_content
from tests.stage.history import FIRST_ID, Record, late, run
from tests.stage.world import World, assert_rebuilds
from tests.whole.end_to_end.conftest import MakeWorld
from tests.whole.end_to_end.test_the_law import change_the_source

LIST = "/my/activities/search/extended"
Change = Callable[[Simulator], object]


def _insert_newest(sim: Simulator) -> None:
    today = sim.clock.now().date()
    for number in range(3):
        sim.add(run(0, newest=today, of=1, activityId=FIRST_ID + 700_000 + number))


def _insert_old(sim: Simulator) -> None:
    for number in range(100, 112):
        sim.add(late(number))


def _delete_newest(sim: Simulator) -> None:
    for number in (42, 43, 44):
        sim.delete(FIRST_ID + number)


def _edit_oldest(sim: Simulator) -> None:
    for number in range(4):
        sim.edit(FIRST_ID + number, notes="edited in mid-walk", distance=9.87654)


def _undelete(sim: Simulator) -> None:
    sim.undelete(FIRST_ID + 30)


CHANGES: dict[str, Change] = {
    "insert newest": _insert_newest,
    "insert old": _insert_old,
    "delete": _delete_newest,
    "edit": _edit_oldest,
    "undelete": _undelete,
    "mass re-sync": Simulator.resync,
}


def check_change(world: World, change: Change, at: int, expected: object) -> None:
    """A sync while the source changes, then a clean one."""
    world.sim.inject(Fault.call(change, path="/my/activities", at=at))
    world.sync()
    world.clean_sync()
    assert expected == world.content(live_content)
    assert_rebuilds(world)


def runs_at(world: World) -> list[Record]:
    """The records at the source that have an id."""
    return [record for record in world.sim.activities if "activityId" in record]


def prepared(world: World) -> World:
    """A world where one run is deleted at the source, for the change that brings it back."""
    world.sim.delete(FIRST_ID + 30)
    return world


def fresh_content(make_world: MakeWorld, change: Change, *, daily: bool) -> object:
    """What a first sync gives after the change."""
    world = prepared(make_world())
    if daily:
        change_the_source(world)
        world.next_day()
    change(world.sim)
    world.sync()
    return world.content(live_content)


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

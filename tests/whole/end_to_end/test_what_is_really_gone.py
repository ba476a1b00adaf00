"""A run is marked deleted only when the id list and its place in the list of runs agree; what is lost is told."""

from __future__ import annotations

import json
import random

import pytest

from scripts.simulator import Fault, Simulator, Switches
from tests.stage.history import FIRST_ID, Record, late, run, runs
from tests.stage.world import MakeWorld, World, assert_rebuilds

IDS = "/my/activities/search/ids"
BIG_PAGES = Switches(rate_limits=False)


def synced_with(make_world: MakeWorld, activities: list[Record], switches: Switches = BIG_PAGES) -> World:
    """A world that has synced these runs."""
    world = make_world(activities, switches)
    world.sync()
    return world


def ids_lack(world: World, *lacking: int) -> None:
    """From now on the id list lags: it does not name these runs."""
    known = [one["activityId"] for one in world.sim.activities]
    body = json.dumps([one for one in known if one not in lacking])
    world.sim.inject(Fault.status(200, path=IDS, times=None, body=body))


def live(world: World) -> set[int]:
    """The runs that the record shows."""
    return {row[0] for row in world.ask("SELECT activity_id FROM runs")}


def delete_ten(world: World, day: int) -> None:
    """Ten more of the oldest runs go at the source."""
    for number in range(10 * day, 10 * day + 10):
        world.sim.delete(FIRST_ID + number)


def test_a_run_that_was_just_read_is_not_marked_deleted_by_a_list_that_lags(make_world: MakeWorld) -> None:
    """Today's run is in the list of runs and not yet in the list of ids, however often that is asked."""
    world = synced_with(make_world, runs(60, hasDetails=0))
    world.next_day()
    newest = world.clock.now().date()
    world.sim.add(run(0, newest=newest, of=1, activityId=FIRST_ID + 777, hasDetails=0))
    ids_lack(world, FIRST_ID + 777)
    result = world.sync()
    assert ("complete", 1, 0) == (result.status, result.runs_new, result.runs_deleted)
    assert FIRST_ID + 777 in live(world)


@pytest.mark.parametrize("switches", [BIG_PAGES, Switches(rate_limits=False, largest_page=10)])
@pytest.mark.parametrize("numbers", [(0, 149), (1, 249), (50, 51), (100,)])
def test_an_old_run_that_only_the_id_list_lacks_is_kept(
    numbers: tuple[int, ...], switches: Switches, make_world: MakeWorld
) -> None:
    """Its place in the list of runs is looked at, at the edge of a page or within, and it stands there."""
    world = synced_with(make_world, runs(250, hasDetails=0), switches)
    world.clock.advance(4 * 86_400)
    ids_lack(world, *(FIRST_ID + number for number in numbers))
    result = world.sync()
    assert ("complete", 0, 250) == (result.status, result.runs_deleted, len(live(world)))


@pytest.mark.parametrize("number", [0, 149, 249])
def test_a_run_that_is_gone_is_marked_in_the_same_sync(number: int, make_world: MakeWorld) -> None:
    """For three requests more than on a quiet day, and it is named in the result."""
    world = synced_with(make_world, runs(250, hasDetails=0))
    world.clock.advance(4 * 86_400)
    since = len(world.sim.requests)
    world.sim.delete(FIRST_ID + number)
    result = world.clean_sync()
    assert ("complete", 1) == (result.status, result.runs_deleted)
    assert [FIRST_ID + number] == [one.activity_id for one in result.deletions]
    assert 3 + 3 >= len(world.sim.requests) - since
    assert_rebuilds(world)


@pytest.mark.parametrize("count", [1, 8, 150])
def test_an_empty_answer_deletes_nothing(count: int, make_world: MakeWorld) -> None:
    """Lists and ids are empty, day after day: the record stays, and the result says that this is withheld."""
    world = synced_with(make_world, runs(count, hasDetails=0))
    world.sim.inject(Fault.status(200, path="/my/activities/search", times=None, body="[]"))
    for _ in range(2):
        world.next_day()
        result = world.sync()
        assert (0, count, count) == (result.runs_deleted, result.deletes_withheld, len(live(world)))
        assert any("accept_deletes" in warning for warning in result.warnings)
    assert 0 == world.clean_sync().deletes_withheld


def test_ten_a_day_meet_the_brake(make_world: MakeWorld) -> None:
    """What vanished in the last 30 days counts together; accepted, it does not count again."""
    world = synced_with(make_world, runs(400, hasDetails=0))
    marked: list[int] = []
    for day in range(4):
        delete_ten(world, day)
        marked.append(world.clean_sync().runs_deleted)
    assert [10, 10, 0, 0] == marked
    assert 20 == world.clean_sync({"accept_deletes": True}).runs_deleted
    world.sim.delete(FIRST_ID + 100)
    assert 1 == world.clean_sync().runs_deleted


def test_deletions_of_long_ago_are_no_brake(make_world: MakeWorld) -> None:
    """After 31 days ten more may go."""
    world = synced_with(make_world, runs(400, hasDetails=0))
    for day in range(3):
        delete_ten(world, day)
        assert 10 == world.clean_sync().runs_deleted
        world.clock.advance(31 * 86_400)


def test_a_deletion_that_shortens_a_streak_is_told(make_world: MakeWorld) -> None:
    """45 days in a row lose their 11th: the streak, what is left of it, and the run are in the result."""
    world = synced_with(make_world, runs(45, hasDetails=0))
    world.sim.delete(FIRST_ID + 10)
    result = world.clean_sync()
    (streak,), (deleted,) = result.streaks_shortened, result.deletions
    assert (45, 34) == (streak.days, streak.days_left)
    assert (FIRST_ID + 10, "2026-03-28") == (deleted.activity_id, deleted.date)
    assert any("45 days" in warning for warning in result.warnings)
    assert [] == world.clean_sync().streaks_shortened


def test_a_deleted_copy_of_a_run_shortens_nothing(make_world: MakeWorld) -> None:
    """The day still has a run: the deletion is reported, the streak is whole."""
    twin = run(10, hasDetails=0, activityId=FIRST_ID + 888)
    world = synced_with(make_world, [*runs(45, hasDetails=0), twin])
    world.sim.delete(FIRST_ID + 888)
    result = world.clean_sync()
    assert (1, 1, []) == (result.runs_deleted, len(result.deletions), result.streaks_shortened)


@pytest.mark.parametrize("seed", range(2))
def test_no_interleaving_of_changes_and_lagging_ids_loses_a_run(seed: int, make_world: MakeWorld) -> None:
    """A run that exists is never marked; one that neither list has is marked within two syncs."""
    rng = random.Random(seed)
    switches = Switches(rate_limits=False, largest_page=25)
    world = synced_with(make_world, runs(120, hasDetails=0), switches)
    stale: set[int] = set()
    for day in range(6):
        world.sim.clear_faults()
        world.next_day()
        change(world.sim, rng, day)
        exist = {one["activityId"] for one in world.sim.activities}
        if rng.random() < 0.6:
            ids_lack(world, *rng.sample(sorted(exist), 2))
        world.sync()
        assert set() == exist - live(world)
        assert set() == stale & live(world)
        stale = live(world) - exist
    assert_rebuilds(world)


def change(sim: Simulator, rng: random.Random, day: int) -> None:
    """A day at the source: now and then a deletion, mostly a late upload, always an edit."""
    exist = sorted(one["activityId"] for one in sim.activities)
    if day % 3 == 0:
        sim.delete(rng.choice(exist))
    if rng.random() < 0.7:
        sim.add(late(day, hasDetails=0))
    remaining = [one["activityId"] for one in sim.activities]
    sim.edit(rng.choice(remaining), notes=f"day {day}")

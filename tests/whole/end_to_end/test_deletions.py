"""Runs that vanish at Smashrun: marked when that is sure, kept when it may be a mistake, back when they return."""

from __future__ import annotations

import pytest
from myrunstreak.errors import SourceUnavailable

from scripts.simulator import Fault, Switches
from tests.stage.history import FIRST_ID, runs
from tests.stage.world import MakeWorld, World, assert_rebuilds

IDS = "/my/activities/search/ids"
BIG_PAGES = Switches(rate_limits=False)


def synced_with(make_world: MakeWorld, count: int) -> World:
    """A world of so many runs, synced, without details to fetch."""
    world = make_world(runs(count, hasDetails=0), BIG_PAGES)
    world.sync()
    return world


def delete(world: World, count: int) -> None:
    """Delete the oldest runs at the source."""
    for number in range(count):
        world.sim.delete(FIRST_ID + number)


def live(world: World) -> int:
    """How many runs the record shows."""
    return world.ask("SELECT count(*) FROM runs")[0][0]


@pytest.mark.parametrize(("deleted", "of", "marked"), [(3, 500, 3), (10, 100, 10), (20, 500, 20), (5, 11, 5)])
def test_runs_that_vanish_are_marked(deleted: int, of: int, marked: int, make_world: MakeWorld) -> None:
    """Up to ten runs, or up to a twentieth of the record, may vanish at once."""
    world = synced_with(make_world, of)
    delete(world, deleted)
    result = world.clean_sync()
    assert (marked, 0, "complete") == (result.runs_deleted, result.deletes_withheld, result.status)
    assert of - marked == live(world)
    assert of == world.ask("SELECT count(*) FROM activities")[0][0]
    assert_rebuilds(world)


@pytest.mark.parametrize(
    ("deleted", "of"), [(60, 500), (11, 100), (26, 500), (100, 100), (6, 11), (1, 1), (8, 8)]
)
def test_a_mass_of_vanished_runs_is_kept_until_that_is_accepted(
    deleted: int, of: int, make_world: MakeWorld
) -> None:
    """More deletions than that are withheld and reported, day after day, until the runner accepts them."""
    world = synced_with(make_world, of)
    delete(world, deleted)
    for _ in range(2):
        result = world.clean_sync()
        assert (0, deleted) == (result.runs_deleted, result.deletes_withheld)
        assert any("accept_deletes" in warning for warning in result.warnings)
        assert of == live(world)
    accepted = world.clean_sync({"accept_deletes": True})
    assert (deleted, 0) == (accepted.runs_deleted, accepted.deletes_withheld)
    assert of - deleted == live(world)
    assert_rebuilds(world)


@pytest.mark.parametrize("touch", [False, True])
def test_a_run_that_is_undeleted_is_back(touch: bool, make_world: MakeWorld) -> None:
    """Undeleting brings a run back, whether its change time moves or not."""
    world = synced_with(make_world, 40)
    before = world.ask("SELECT * EXCLUDE (content_hash, updated_utc, synced_at) FROM runs ORDER BY ALL")
    delete(world, 3)
    assert 3 == world.clean_sync().runs_deleted
    for number in range(3):
        world.sim.undelete(FIRST_ID + number)
        if touch:
            world.sim.edit(FIRST_ID + number)
    assert 3 == world.clean_sync().runs_revived
    assert before == world.ask(
        "SELECT * EXCLUDE (content_hash, updated_utc, synced_at) FROM runs ORDER BY ALL"
    )
    assert_rebuilds(world)


@pytest.mark.parametrize("missing", [1, 3, 1000])
def test_one_short_id_list_deletes_nothing(missing: int, make_world: MakeWorld) -> None:
    """The complete list lacks runs once, or is empty once: they are asked for again before they are marked."""
    world = synced_with(make_world, 30)
    world.sim.inject(Fault.short_list(missing, path=IDS))
    result = world.sync()
    assert (0, 0, 30) == (result.runs_deleted, result.deletes_withheld, live(world))


@pytest.mark.parametrize(
    "fault",
    [Fault.truncated_json, Fault.not_a_list, Fault.drop_midway, Fault.html_body],
    ids=lambda f: f.__name__,
)
def test_a_list_that_broke_off_deletes_nothing(fault: object, make_world: MakeWorld) -> None:
    """A sync whose lists do not arrive fails, and marks nothing."""
    world = synced_with(make_world, 30)
    delete(world, 2)
    world.sim.inject(fault(path=IDS, times=None))  # type: ignore[operator]  # pyright: ignore
    with pytest.raises(SourceUnavailable):
        world.sync()
    assert 30 == live(world)
    assert 2 == world.clean_sync().runs_deleted


def test_a_run_deleted_in_mid_sync_is_marked_by_a_later_one(make_world: MakeWorld) -> None:
    """A run that goes between the list and its details is no failure."""
    world = make_world()
    world.sim.inject(Fault.call(lambda sim: sim.delete(FIRST_ID + 44), path="/my/activities/{id}$"))
    assert "complete" == world.sync().status
    assert 1 == world.clean_sync().runs_deleted
    assert_rebuilds(world)

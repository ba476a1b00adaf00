"""A record that was restored, moved away or lost: what is left brings it back."""

from __future__ import annotations

import shutil

import pytest

from tests.stage.aws import Cloud
from tests.stage.content import everything, live_content
from tests.stage.history import late
from tests.stage.source_changes import change_the_source
from tests.stage.world import MakeWorld, World, assert_rebuilds

DATABASE = "record/runs.duckdb"


def test_an_older_database_put_back_is_caught_up_from_the_archive(
    make_world: MakeWorld, cloud: Cloud
) -> None:
    """The first version of the object is restored after news: the next sync shows the news again."""
    world = make_world(None, **cloud.settings)
    world.sync()
    old = cloud.body(DATABASE)
    change_the_source(world)
    world.clean_sync()
    world.next_day()
    before = world.content(everything)
    cloud.put(DATABASE, old)
    since = len(world.sim.requests)
    assert "complete" == world.clean_sync().status
    assert before == world.content(everything)
    # No walk through the history: one page of it is read again, as every day.
    assert 1 >= sum(
        r.path.endswith("/extended") and "fromDateUTC" not in r.query for r in world.sim.requests[since:]
    )


def test_an_older_database_without_its_archive_makes_the_sync_read_everything(
    synced_world: World, make_world: MakeWorld
) -> None:
    """Database restored, archive gone: the whole history is walked once."""
    old = synced_world.database_file.read_bytes()
    fresh = make_world()
    for world in (synced_world, fresh):
        change_the_source(world)
    synced_world.clean_sync()
    for _ in range(5):
        synced_world.clean_sync()
    synced_world.database_file.write_bytes(old)
    shutil.rmtree(synced_world.database_file.parent / "raw")
    assert "complete" == synced_world.clean_sync().status
    fresh.sync()
    assert fresh.content(live_content) == synced_world.content(live_content)


def test_a_lost_state_costs_a_walk_and_doubles_nothing(synced_world: World) -> None:
    """Without the sync state everything is read again, and nothing of it is new."""
    before = synced_world.content(everything)
    (synced_world.folder / "state.json").unlink()
    result = synced_world.clean_sync()
    assert ("complete", 0, 0, False) == (
        result.status,
        result.runs_new,
        result.runs_updated,
        result.published,
    )
    assert before == synced_world.content(everything)
    assert synced_world.clock.now() == synced_world.state().last_sync_at


@pytest.mark.parametrize("state_too", [False, True])
def test_a_lost_database_comes_back_from_the_archive(state_too: bool, synced_world: World) -> None:
    """Without the database file the archive gives every row back, times and all."""
    before = synced_world.content(everything)
    synced_world.database_file.unlink()
    if state_too:
        (synced_world.folder / "state.json").unlink()
    assert "complete" == synced_world.clean_sync().status
    assert before == synced_world.content(everything)


def test_with_everything_lost_the_history_is_read_again(synced_world: World, synced: World) -> None:
    """Database and archive gone, state still there: the sync notices and begins anew."""
    shutil.rmtree(synced_world.database_file.parent)
    assert "complete" == synced_world.clean_sync().status
    assert synced.content() == synced_world.content()
    assert_rebuilds(synced_world)


def test_runs_that_came_while_the_archive_was_lost_stay(synced_world: World) -> None:
    """An archive that is gone is begun anew, and the database keeps what only it knows."""
    shutil.rmtree(synced_world.database_file.parent / "raw")
    synced_world.sim.add(late(1))
    assert 1 == synced_world.clean_sync().runs_new
    assert [(46,)] == synced_world.ask("SELECT count(*) FROM runs")

"""A sync that is killed at any step leaves nothing that the next one does not mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage.content import live_content
from tests.stage.history import history
from tests.stage.kills import sync_in_a_process, telling_steps
from tests.stage.source_changes import change_the_source
from tests.stage.world import MakeWorld, World, assert_rebuilds, copy_world

# The telling steps are shared among so many tests, which run side by side.
PARTS = 4


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object, list[int]]:
    """What an undisturbed first sync gives, its recordings, and its telling steps."""
    world = World(tmp_path_factory.mktemp("undisturbed"), history())
    steps = telling_steps(sync_in_a_process(world))
    result = world.content(), world.recordings(), steps
    world.close()
    return result


@pytest.mark.parametrize("part", range(PARTS))
def test_a_first_sync_may_be_killed_anywhere(
    part: int, make_world: MakeWorld, undisturbed: tuple[object, object, list[int]]
) -> None:
    """Killed before or after any kind of step of a first sync: the next sync ends as if nothing had been."""
    content, samples, steps = undisturbed
    for fatal in steps[part::PARTS]:
        world = make_world()
        sync_in_a_process(world, fatal)
        assert "complete" == world.clean_sync().status
        assert (fatal, content) == (fatal, world.content())
        assert samples == world.recordings()
        assert_rebuilds(world)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, list[int]]:
    """What a first sync after the changes gives, and the telling steps of a daily sync with them."""
    fresh = World(tmp_path_factory.mktemp("fresh"), history())
    change_the_source(fresh)
    fresh.sync()
    daily = World(tmp_path_factory.mktemp("daily"), history())
    daily.sync()
    change_the_source(daily)
    daily.next_day()
    steps = telling_steps(sync_in_a_process(daily))
    result = fresh.content(live_content), steps
    fresh.close()
    daily.close()
    return result


@pytest.mark.parametrize("part", range(PARTS))
def test_a_daily_sync_may_be_killed_anywhere(
    part: int, synced: World, tmp_path: Path, changed: tuple[object, list[int]]
) -> None:
    """Killed before or after any kind of step of a sync with news: the next sync mends it."""
    content, steps = changed
    for fatal in steps[part::PARTS]:
        world = copy_world(synced, tmp_path / str(fatal), history())
        change_the_source(world)
        world.next_day()
        mark = world.state().last_sync_at
        sync_in_a_process(world, fatal)
        assert world.state().last_sync_at in {mark, world.clock.now()}
        assert "complete" == world.clean_sync().status
        assert (fatal, content) == (fatal, world.content(live_content))
        assert_rebuilds(world)
        world.close()

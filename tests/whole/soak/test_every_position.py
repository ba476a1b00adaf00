"""Every fault at every request, every kill at every step: what the daily tests only sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage.campaign import PARTS
from tests.stage.content import live_content
from tests.stage.history import history
from tests.stage.kills import sync_in_a_process
from tests.stage.source_changes import CHANGES, change_the_source, check_change, fresh_content, prepared
from tests.stage.sync_faults import (
    DAILY_REQUESTS,
    FIRST_REQUESTS,
    KINDS,
    LIES,
    LISTS_AND_DETAILS,
    check_daily_sync,
    check_first_sync,
)
from tests.stage.world import MakeWorld, World, assert_rebuilds, copy_world

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a first sync of the changed source gives."""
    world = World(tmp_path_factory.mktemp("fresh"), history())
    change_the_source(world)
    world.sync()
    content = world.content(live_content)
    world.close()
    return content


@pytest.mark.parametrize("outage", [False, True])
@pytest.mark.parametrize("at", range(FIRST_REQUESTS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_first_sync_survives_any_fault(
    kind: str, at: int, outage: bool, make_world: MakeWorld, synced: World
) -> None:
    """Each kind of fault at each request, once and to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None if outage else 1)
    check_first_sync(make_world(), fault, synced.content(), lying=outage and kind in LIES)


@pytest.mark.parametrize("outage", [False, True])
@pytest.mark.parametrize("at", range(DAILY_REQUESTS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_daily_sync_survives_any_fault(
    kind: str, at: int, outage: bool, synced_world: World, fresh: object
) -> None:
    """Each kind of fault at each request of a sync with news, once and to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None if outage else 1)
    check_daily_sync(synced_world, fault, fresh, lying=outage and kind in LIES)


@pytest.mark.parametrize("daily", [False, True])
@pytest.mark.parametrize("at", range(FIRST_REQUESTS))
@pytest.mark.parametrize("name", CHANGES)
def test_a_sync_survives_any_change_in_mid_walk(
    name: str, at: int, daily: bool, make_world: MakeWorld, synced_world: World
) -> None:
    """Each change of the source before each request."""
    expected = fresh_content(make_world, CHANGES[name], daily=daily)
    world = prepared(synced_world if daily else make_world())
    if daily:
        change_the_source(world)
        world.next_day()
    check_change(world, CHANGES[name], at, expected)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_first_sync_may_be_killed_at_every_step(part: int, make_world: MakeWorld, synced: World) -> None:
    """Every step there is, those between a file's writing and its forcing to disk too."""
    steps = len(sync_in_a_process(make_world()))
    for fatal in range(part, steps, PARTS):
        world = make_world()
        sync_in_a_process(world, fatal)
        assert "complete" == world.clean_sync().status
        assert (fatal, synced.content()) == (fatal, world.content())
        assert synced.recordings() == world.recordings()
        assert_rebuilds(world)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_daily_sync_may_be_killed_at_every_step(
    part: int, synced: World, tmp_path: Path, fresh: object
) -> None:
    """Every step of a sync with news."""
    for fatal in range(part, steps_of_a_daily_sync(synced, tmp_path), PARTS):
        world = changed_copy(synced, tmp_path / str(fatal))
        sync_in_a_process(world, fatal)
        assert "complete" == world.clean_sync().status
        assert (fatal, fresh) == (fatal, world.content(live_content))
        assert_rebuilds(world)
        world.close()


def changed_copy(synced: World, folder: Path) -> World:
    """A world that has synced once and has news since."""
    world = copy_world(synced, folder, history())
    change_the_source(world)
    world.next_day()
    return world


def steps_of_a_daily_sync(synced: World, tmp_path: Path) -> int:
    """How many there are."""
    world = changed_copy(synced, tmp_path / "probe")
    steps = len(sync_in_a_process(world))
    world.close()
    return steps

"""Clocks that jump, and two syncs at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from myrunstreak.errors import SourceUnavailable

from tests.stage.aws import Cloud
from tests.stage.content import live_content
from tests.stage.history import late
from tests.stage.source_changes import change_the_source
from tests.stage.world import MakeWorld, World, assert_rebuilds
from tests.whole.end_to_end.rivals import together

YEAR = timedelta(days=365)


class JumpingClock:
    """The world's clock, off by ``by`` from the ``calls``-th look at it on."""

    def __init__(self, world: World, by: timedelta, calls: int) -> None:
        self._world, self._by, self._calls = world, by, calls

    def __call__(self) -> datetime:
        self._calls -= 1
        return self._world.clock.now() + (self._by if self._calls < 0 else timedelta())


@pytest.mark.parametrize("by", [YEAR, -YEAR], ids=["ahead", "back"])
@pytest.mark.parametrize("calls", [0, 25])
def test_a_clock_that_jumps_in_a_first_sync_leaves_no_trace(
    by: timedelta, calls: int, make_world: MakeWorld, synced: World
) -> None:
    """Our clock is a year off, from the beginning or from some moment on: the next sync's rows are right."""
    world = make_world()
    # A year between a request and its answer makes that answer a late one.
    with suppress(SourceUnavailable):
        world.sync(clock=JumpingClock(world, by, calls))
    assert "complete" == world.clean_sync().status
    mark = world.state().last_sync_at
    assert world.clock.now() == mark
    assert synced.content() == world.content()
    assert_rebuilds(world)


@pytest.mark.parametrize("by", [YEAR, -YEAR], ids=["ahead", "back"])
def test_a_clock_that_jumps_in_a_daily_sync_hides_nothing(
    by: timedelta, make_world: MakeWorld, synced_world: World
) -> None:
    """A sync under a wrong clock, news after it, and a sync under the right one: all the news is there."""
    fresh = make_world()
    for world in (fresh, synced_world):
        change_the_source(world)
    synced_world.next_day()
    fresh.next_day()
    synced_world.sync(clock=JumpingClock(synced_world, by, 0))
    for world in (fresh, synced_world):
        world.sim.add(late(60))
    fresh.sync()
    assert "complete" == synced_world.clean_sync().status
    assert fresh.content(live_content) == synced_world.content(live_content)
    newest = synced_world.ask("SELECT max(synced_at) FROM activities")[0][0]
    assert newest < synced_world.clock.now().replace(tzinfo=None) + timedelta(seconds=1)
    assert_rebuilds(synced_world)


@pytest.mark.parametrize("place", ["disk", "S3"])
@pytest.mark.parametrize("when", ["first", "daily"])
def test_two_syncs_at_once_leave_one_record(
    when: str, place: str, make_world: MakeWorld, cloud: Cloud
) -> None:
    """Both begin from the same database, neither overwrites the other, and every row is there once."""
    world = make_world(None, **(cloud.settings if place == "S3" else {}))
    fresh = make_world()
    if when == "daily":
        world.sync()
        change_the_source(world)
        change_the_source(fresh)
        world.next_day()
    fresh.sync()
    ended = together(lambda wait: world.sync(arrange=wait), lambda wait: world.sync(arrange=wait))
    assert ["complete", "complete"] == [getattr(end, "status", end) for end in ended]
    assert_rebuilds(world)
    assert "complete" == world.clean_sync().status
    assert fresh.content(live_content) == world.content(live_content)
    assert_rebuilds(world)

"""Old pages are read again in turn, so that an edit without a trace is seen within about two weeks."""

from __future__ import annotations

import pytest

from scripts.simulator import Fault, Switches
from tests.stage.history import FIRST_ID, late, runs
from tests.stage.world import MakeWorld, assert_rebuilds

LIST = "/my/activities/search/extended"


@pytest.mark.parametrize("number", [0, 70, 139])
def test_an_edit_without_a_trace_is_seen_within_two_weeks(number: int, make_world: MakeWorld) -> None:
    """Its change time does not move; 14 pages are read again, one a day."""
    world = make_world(runs(140, hasDetails=0), Switches(rate_limits=False, largest_page=10))
    world.sync()
    world.sim.edit(FIRST_ID + number, touch=False, notes="without a trace")
    days = 0
    while not world.ask("SELECT 1 FROM runs WHERE notes = 'without a trace'"):
        days += 1
        since = len(world.sim.requests)
        assert "complete" == world.clean_sync().status
        assert 3 + 2 >= len(world.sim.requests) - since
        assert 15 > days
    assert_rebuilds(world)


def test_a_manual_run_that_no_change_list_shows_is_seen_when_it_is_edited(make_world: MakeWorld) -> None:
    """Smashrun filters by sync time, which a manual run has none of."""
    switches = Switches(rate_limits=False, filter_column="syncDateTimeUTC")
    manual = late(9, source="manual", syncDateTimeUTC=None, hasDetails=0)
    world = make_world([*runs(30, hasDetails=0), manual], switches)
    world.sync()
    world.sim.edit(manual["activityId"], notes="edited")
    world.clean_sync()
    assert [(1,)] == world.ask("SELECT count(*) FROM runs WHERE notes = 'edited'")


def test_a_second_sync_on_the_same_day_reads_nothing_again(make_world: MakeWorld) -> None:
    """Nor does one that comes hours after a walk through the whole history."""
    world = make_world(runs(30, hasDetails=0))
    world.sync()
    for hours in (1, 20, 1):
        world.clock.advance(hours * 3_600)
        since = len(world.sim.requests)
        world.sync()
        read = [
            one for one in world.sim.requests[since:] if "fromDateUTC" not in one.query and one.path == LIST
        ]
        assert int(hours == 20) == len(read)


def test_a_failure_to_read_again_is_a_warning(make_world: MakeWorld) -> None:
    """The sync is complete without it, and the next one tries again."""
    world = make_world(runs(30, hasDetails=0))
    world.sync()
    world.clock.advance(10 * 86_400)
    world.sim.inject(Fault.status(500, path=LIST, at=2, times=None))
    result = world.sync()
    assert "complete" == result.status
    assert any("again" in warning for warning in result.warnings)
    assert [] == world.clean_sync().warnings

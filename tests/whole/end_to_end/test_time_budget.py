"""A first sync that publishes early, stops in time, and is resumed until nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from myrunstreak.errors import RateLimited

from scripts.simulator import Fault, Simulator, Switches
from tests.stage.content import live_content
from tests.stage.history import FIRST_ID, history, late, run, runs
from tests.stage.world import MakeWorld, World, assert_rebuilds, requests_left

LIST = "/my/activities/search/extended"


def test_the_last_thirty_days_are_published_before_the_rest_is_read(make_world: MakeWorld) -> None:
    """When the fifth page is asked for, the published file already shows the last 30 days."""
    world = make_world(runs(120, hasDetails=0))
    shown: list[int] = []

    def look(_: Simulator) -> None:
        with duckdb.connect(str(world.database_file), read_only=True) as connection:
            row = connection.execute(
                "SELECT count(*) FROM runs WHERE start_date >= DATE '2026-04-02'"
            ).fetchone()
            shown.append(row[0] if row else 0)

    world.sim.inject(Fault.call(look, path=LIST, at=4))
    assert "complete" == world.sync().status
    assert [30] == shown
    assert [(120,)] == world.ask("SELECT count(*) FROM runs")


def resume(world: World, requests: int, between: Callable[[int], object] = lambda _: None) -> int:
    """Sync with so many requests a time until one is complete; how many were partial."""
    for partial in range(40):
        result = world.sync(seconds_left=requests_left(world, requests))
        state = world.state()
        if result.status == "complete":
            return partial
        assert (state.last_attempt.status if state.last_attempt else None) == "partial"
        world.next_day()
        between(partial)
    raise AssertionError("the history does not come to its end")


@pytest.mark.parametrize("requests", [6, 7, 9])
def test_a_sync_stopped_at_any_request_is_resumed(
    requests: int, make_world: MakeWorld, synced: World
) -> None:
    """With time for a few requests at a time, the syncs together give the rows of one.

    Each part lists what has changed, steps back a page, goes on and asks for the ids: six requests are the least.
    """
    world = make_world()
    assert 1 <= resume(world, requests)
    assert synced.content() == world.content()
    assert world.state().backfill.complete
    assert_rebuilds(world)


def test_three_requests_a_sync_come_to_the_end_of_a_history(make_world: MakeWorld) -> None:
    """Each sync reads one page more; today's run shows in the very sync that follows it."""
    world = make_world(runs(100, hasDetails=0))
    world.sync(seconds_left=requests_left(world, 3))
    world.next_day()
    today = run(0, newest=world.clock.now().date(), of=1, activityId=FIRST_ID + 900, hasDetails=0)
    world.sim.add(today)
    world.sync(seconds_left=requests_left(world, 3))
    assert [(1,)] == world.ask(f"SELECT count(*) FROM runs WHERE activity_id = {FIRST_ID + 900}")
    assert 15 > resume(world, 3)
    assert [(101,)] == world.ask("SELECT count(*) FROM runs")
    assert world.state().backfill.complete
    assert_rebuilds(world)


def test_three_requests_a_sync_come_to_the_end_of_many_changes(make_world: MakeWorld) -> None:
    """Half of the history is edited: the pages are read a few at a time, the watermark follows, nothing is missed."""
    world = make_world(runs(100, hasDetails=0))
    world.sync()
    world.next_day()
    mark = world.state().last_sync_at
    for number in range(50):
        world.sim.edit(FIRST_ID + number, notes="edited")
    ends: list[str] = []
    while "complete" not in ends and len(ends) < 12:
        ends.append(world.sync(seconds_left=requests_left(world, 3)).status)
        world.clock.advance(3_600)
    assert "complete" == ends[-1]
    assert mark < world.state().last_sync_at  # type: ignore[operator]  # pyright: ignore
    assert [(50,)] == world.ask("SELECT count(*) FROM runs WHERE notes = 'edited'")
    assert_rebuilds(world)


def test_a_run_that_smashrun_never_shows_stops_no_sync(make_world: MakeWorld) -> None:
    """The id list names it, its details always answer 500: the others are stored, and the result names it."""
    world = make_world(runs(30, hasDetails=0))
    known = [one["activityId"] for one in world.sim.activities]
    ids = json.dumps([*known, 999])
    world.sim.inject(Fault.status(200, path="/my/activities/search/ids", times=None, body=ids))
    world.sim.inject(Fault.status(500, path="/my/activities/999", times=None))
    for _ in range(2):
        result = world.sync()
        assert ("complete", True) == (result.status, result.data_as_of is not None)
        assert any("999" in warning for warning in result.warnings)
        world.next_day()
    assert [(30,)] == world.ask("SELECT count(*) FROM runs")


def test_many_runs_that_smashrun_never_shows_hide_no_other(make_world: MakeWorld) -> None:
    """Seven runs that no list shows, six of which always answer 500: no sync fails, and the seventh comes in."""
    world = make_world(runs(30, hasDetails=0))
    hidden = {**world.sim.activities[0], "activityId": 980}
    ids = json.dumps([*(one["activityId"] for one in world.sim.activities), 980, *range(990, 996)])
    world.sim.inject(Fault.status(200, path="/my/activities/search/ids", times=None, body=ids))
    world.sim.inject(Fault.status(200, path="/my/activities/980", times=None, body=json.dumps(hidden)))
    for number in range(990, 996):
        world.sim.inject(Fault.status(500, path=f"/my/activities/{number}", times=None))
    for _ in range(4):
        assert "complete" == world.sync().status
        world.next_day()
    assert [(1,)] == world.ask("SELECT count(*) FROM runs WHERE activity_id = 980")


def test_a_history_that_changes_between_the_invocations_is_complete_in_the_end(make_world: MakeWorld) -> None:
    """Inserts, deletions and edits between the parts of a first sync: the rows are those of a fresh sync."""
    world, fresh = make_world(runs(90)), make_world(runs(90))

    def between(part: int) -> None:
        world.sim.add(late(part))
        world.sim.delete(FIRST_ID + 89 - part)
        world.sim.edit(FIRST_ID + part, notes=f"edited {part}")
        world.sim.edit(FIRST_ID + 20 + part, notes=f"edited {part}")

    parts = resume(world, 8, between)
    assert 2 <= parts
    for part in range(parts):
        fresh.sim.add(late(part))
        fresh.sim.delete(FIRST_ID + 89 - part)
        fresh.sim.edit(FIRST_ID + part, notes=f"edited {part}")
        fresh.sim.edit(FIRST_ID + 20 + part, notes=f"edited {part}")
    world.clean_sync()
    fresh.sync()
    # The simulators' clocks differ by some days, and with them the change times of what was edited.
    assert _timeless(fresh) == _timeless(world)
    assert_rebuilds(world)


def _timeless(world: World) -> list[tuple[Any, ...]]:
    return world.ask(
        "SELECT * EXCLUDE (updated_utc, created_utc, uploaded_utc, content_hash, first_seen_at, synced_at, "
        "details_at, splits_at) FROM runs ORDER BY activity_id"
    )


def test_no_time_at_all_is_a_partial_sync(make_world: MakeWorld, synced: World) -> None:
    """With no time left from the start nothing is asked, nothing is lost, and the next sync does it all."""
    world = make_world()
    assert "partial" == world.sync(seconds_left=lambda: 0.0).status
    assert [] == world.sim.requests
    assert world.state().last_sync_at is None
    world.clean_sync()
    assert synced.content() == world.content()


def test_an_answer_that_comes_too_late_is_a_partial_sync(make_world: MakeWorld, synced: World) -> None:
    """The time ends while an answer is awaited: what came before is kept, and that is no failure."""
    world = make_world()
    world.sim.inject(Fault.slow(1.6, path=LIST, at=2))
    left = requests_left(world, 3)
    result = world.sync(seconds_left=lambda: min(left(), 1.1) if len(world.sim.requests) >= 2 else left())
    assert ("partial", 20) == (result.status, result.runs_fetched)
    world.clean_sync()
    assert synced.content() == world.content()


def test_the_hours_limit_makes_a_part_of_a_sync(make_world: MakeWorld) -> None:
    """Smashrun's hour is used up in mid-walk: what was fetched is kept, later syncs bring the rest."""
    world = make_world(runs(100, hasDetails=0), Switches(largest_page=10, hourly_limit=7))
    assert "partial" == world.sync().status
    assert 0 < world.ask("SELECT count(*) FROM runs")[0][0] < 100
    with pytest.raises(RateLimited):
        world.sync()
    ended: list[str] = []
    for _ in range(4):
        world.clock.advance(3700)
        ended.append(world.sync().status)
    assert "complete" == ended[-1]
    assert [(100,)] == world.ask("SELECT count(*) FROM runs")


def test_full_reads_everything_and_since_goes_further_back(make_world: MakeWorld) -> None:
    """An edit that no list of changes shows is found by `full`; `since` lists from an older date."""
    world = make_world(runs(30, hasDetails=0))
    world.sync()
    world.sim.edit(FIRST_ID + 2, touch=False, notes="without a trace")
    assert 0 == world.clean_sync().runs_updated
    assert 1 == world.clean_sync({"full": True}).runs_updated
    world.sim.edit(FIRST_ID + 25, touch=False, notes="again", dateUpdatedUTC="2026-04-28T08:00:00")
    assert 0 == world.sync().runs_updated  # on the same day no old page is read again
    mark = world.state().last_sync_at
    assert 1 == world.clean_sync({"since": "2026-04-28"}).runs_updated
    assert mark < world.state().last_sync_at  # type: ignore[operator]  # pyright: ignore
    assert_rebuilds(world)


def test_without_details_none_are_asked_for(make_world: MakeWorld, synced: World) -> None:
    """`details: false` leaves the queue for the next sync."""
    world = make_world()
    result = world.sync({"details": False})
    assert ("complete", 0, 3) == (result.status, result.details_fetched, result.details_pending)
    assert 3 == world.clean_sync().details_fetched
    assert synced.content() == world.content()


def test_a_late_upload_and_an_edit_without_sync_time_are_found(synced_world: World) -> None:
    """A run of 2019 that arrives today, and an edit that moves only the change time."""
    synced_world.sim.add(late(3))
    synced_world.sim.edit(FIRST_ID + 7, notes="only dateUpdatedUTC moved")
    result = synced_world.clean_sync()
    assert (1, 1) == (result.runs_new, result.runs_updated)
    assert len(history()) - 2 + 1 == synced_world.ask("SELECT count(*) FROM runs")[0][0]
    assert len(synced_world.content(live_content)["activities"]) == len(history()) - 2 + 1


def test_a_manual_run_that_no_change_list_shows_is_found_by_the_id_list(make_world: MakeWorld) -> None:
    """Where Smashrun filters by sync time, manual runs are in no list of changes."""
    world = make_world(runs(30, hasDetails=0), Switches(rate_limits=False, filter_column="syncDateTimeUTC"))
    world.sync()
    world.sim.add(late(9, source="manual", syncDateTimeUTC=None, hasDetails=0))
    assert 1 == world.clean_sync().runs_new
    assert_rebuilds(world)

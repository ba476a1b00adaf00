"""How often Smashrun is asked, and that a day without news writes nothing."""

from __future__ import annotations

import math

import pytest

from scripts.simulator import Switches, seeded_history
from tests.stage.aws import Cloud
from tests.stage.history import NOW, Record, history, runs
from tests.stage.world import MakeWorld, World

FULL_PAGES = Switches(rate_limits=False)
EMPTY: list[Record] = []


def list_requests(world: World, since: int = 0) -> int:
    """Requests for lists of any form, from one of all requests on."""
    return sum(request.path.startswith("/my/activities/search") for request in world.sim.requests[since:])


def test_eleven_years_take_a_list_request_a_hundred_runs(make_world: MakeWorld) -> None:
    """More than 4,300 runs, the odd record among them: at most three list requests more than pages."""
    activities = seeded_history(today=NOW.date())
    world = make_world(activities, FULL_PAGES, detail_requests_per_sync=0)
    result = world.sync()
    assert "complete" == result.status
    assert math.ceil(len(activities) / 100) + 3 >= list_requests(world)
    assert len(world.sim.requests) == result.requests
    since = len(world.sim.requests)
    world.next_day()
    world.sync({"full": True})
    assert math.ceil(len(activities) / 100) + 3 >= list_requests(world, since)


@pytest.mark.parametrize(
    ("activities", "limit"),
    [(runs(100, hasDetails=0), 4), (runs(200, hasDetails=0), 5), (EMPTY, 4), (runs(1, hasDetails=0), 4)],
    ids=["100", "200", "none", "one"],
)
def test_round_numbers_take_no_request_more(
    activities: list[Record], limit: int, make_world: MakeWorld
) -> None:
    """Exactly one or two pages, one run, or an empty account."""
    world = make_world(activities, FULL_PAGES)
    assert "complete" == world.sync().status
    assert math.ceil(len(activities) / 100) + 3 >= list_requests(world) <= limit
    since = len(world.sim.requests)
    assert "complete" == world.clean_sync().status
    assert 4 >= len(world.sim.requests) - since


@pytest.mark.parametrize("days", [1, 30])
def test_a_day_without_news_writes_nothing_and_moves_the_watermark(
    days: int, make_world: MakeWorld, cloud: Cloud
) -> None:
    """At most four requests, the bucket's versions stay as they were, records in quarantine or not."""
    world = make_world(history(), FULL_PAGES, **cloud.settings)
    world.sync()
    for _ in range(days if days > 1 else 0):
        world.next_day()
    for _ in range(2):
        versions, since = cloud.versions(), len(world.sim.requests)
        result = world.clean_sync()
        assert ("complete", False) == (result.status, result.published)
        assert 4 >= len(world.sim.requests) - since
        assert versions == cloud.versions()
        assert world.clock.now() == world.state().last_sync_at


def test_syncs_without_news_reach_the_log_with_the_next_news(make_world: MakeWorld) -> None:
    """What was not worth publishing is logged when something is."""
    world = make_world(runs(20, hasDetails=0), FULL_PAGES)
    world.sync()
    for _ in range(3):
        world.clean_sync()
    assert [(1,)] == world.ask("SELECT count(*) FROM sync_log")
    assert (3, {}) == (len(world.state().unlogged), world.state().model_extra)
    world.sim.edit(world.sim.activities[0]["activityId"], notes="news")
    world.clean_sync()
    assert [(5, 5)] == world.ask("SELECT count(*), count(DISTINCT sync_id) FROM sync_log")


def test_a_mass_resync_costs_its_pages_and_writes_once(make_world: MakeWorld, cloud: Cloud) -> None:
    """All 250 runs get new change times: each list that sees them costs its pages and three more requests."""
    world = make_world(runs(250, hasDetails=0), FULL_PAGES, **cloud.settings)
    world.sync()
    world.next_day()
    world.sim.resync()
    world.clean_sync()
    versions = cloud.versions()
    for _ in range(2):
        since = len(world.sim.requests)
        assert "complete" == world.clean_sync().status
        assert math.ceil(250 / 100) + 3 >= list_requests(world, since)
        assert versions == cloud.versions()
    world.next_day()
    since = len(world.sim.requests)
    world.clean_sync()
    assert 4 >= len(world.sim.requests) - since

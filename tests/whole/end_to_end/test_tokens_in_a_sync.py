"""Tokens that end in the course of a sync, refreshed in every way Smashrun may do it."""

from __future__ import annotations

import pytest
from myrunstreak.errors import ReauthorisationRequired

from scripts.simulator import Fault, Switches
from tests.stage.aws import Cloud
from tests.stage.history import runs
from tests.stage.world import MakeWorld
from tests.whole.end_to_end.rivals import together

MODES = ["same", "new", "rotate", "omit"]


@pytest.mark.parametrize("mode", MODES)
def test_every_way_of_refreshing_goes_on_working(mode: str, make_world: MakeWorld) -> None:
    """Three expiries in a row: the stored pair works after each, and is the one Smashrun gave."""
    world = make_world(runs(25, hasDetails=0), Switches(largest_page=10, rate_limits=False, refresh=mode))  # type: ignore[arg-type]  # pyright: ignore
    first = world.tokens()
    for at in range(3):
        before = world.tokens()
        world.next_day()
        world.sim.inject(Fault.expire_token(path="/my/activities", at=at))
        assert "complete" == world.sync({"full": True}).status
        after = world.tokens()
        assert before["access_token"] != after["access_token"]
        assert (mode in ("same", "omit")) == (before["refresh_token"] == after["refresh_token"])
        assert first["client_secret"] == after["client_secret"]
        world.sim.clear_faults()


def test_a_dead_refresh_token_leaves_the_stored_pair_alone(make_world: MakeWorld) -> None:
    """Only the runner can help; what is stored is not touched, what was fetched is kept."""
    world = make_world()
    before = world.tokens()
    world.sim.inject(Fault.revoke_all(path="/my/activities", at=2))
    with pytest.raises(ReauthorisationRequired, match="myrunstreak auth"):
        world.sync()
    assert before == world.tokens()
    assert 0 < world.ask("SELECT count(*) FROM runs")[0][0]
    assert world.state().last_sync_at is None
    world.authorise()
    assert "complete" == world.clean_sync().status


@pytest.mark.parametrize("mode", ["same", "rotate"])
@pytest.mark.parametrize("place", ["files", "Secrets Manager"])
def test_two_syncs_that_refresh_at_once_leave_a_living_pair(
    mode: str, place: str, make_world: MakeWorld, cloud: Cloud
) -> None:
    """Both find their token refused at the same time; both end well, and the stored pair works."""
    switches = Switches(largest_page=10, rate_limits=False, refresh=mode)  # type: ignore[arg-type]  # pyright: ignore
    world = make_world(runs(12, hasDetails=0), switches, **(cloud.settings if place != "files" else {}))
    world.sync()
    world.sim.expire_access_tokens()
    world.next_day()
    ended = together(lambda wait: world.sync(arrange=wait), lambda wait: world.sync(arrange=wait))
    assert ["complete", "complete"] == [getattr(end, "status", end) for end in ended]
    refreshes = sum(request.path == "/oauth2/token" for request in world.sim.requests)
    assert "complete" == world.clean_sync().status
    assert refreshes == sum(request.path == "/oauth2/token" for request in world.sim.requests)

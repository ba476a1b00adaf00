"""Every kind of fault at Smashrun, and the law for a sync that meets one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from myrunstreak.errors import MyRunStreakError

from scripts.simulator import Fault
from tests.stage.content import live_content
from tests.stage.history import NOW
from tests.stage.source_changes import change_the_source
from tests.stage.world import World, assert_rebuilds

LISTS_AND_DETAILS = "/my/activities"
_PATIENCE_S = 0.2

Make = Callable[..., Fault]
KINDS: dict[str, Make] = {
    "500": lambda **at: Fault.status(500, **at),
    "503": lambda **at: Fault.status(503, **at),
    "truncated": Fault.truncated_json,
    "broken": Fault.broken_json,
    "html": Fault.html_body,
    "not a list": Fault.not_a_list,
    "short list": lambda **at: Fault.short_list(3, **at),
    "empty list": lambda **at: Fault.short_list(1000, **at),
    "drop": Fault.drop,
    "drop midway": Fault.drop_midway,
    "slow": lambda **at: Fault.slow(3 * _PATIENCE_S, **at),
    "429 seconds": lambda **at: Fault.rate_limited(30, **at),
    "429 date": lambda **at: Fault.rate_limited(NOW + timedelta(minutes=2), **at),
    "429 bare": lambda **at: Fault.rate_limited(None, "text", **at),
    "token expiry": Fault.expire_token,
    "revocation": Fault.revoke_all,
}
# A list that is short or empty every time it is asked for cannot be told from a true one.
LIES = ("short list", "empty list")


FIRST_REQUESTS, DAILY_REQUESTS = 10, 9


def disturbed_sync(world: World, fault: Fault) -> str:
    """A sync under a fault; how it ended."""
    before, began = world.state().last_sync_at, world.clock.now()
    world.sim.inject(fault)
    try:
        ended = world.sync(timeout=(1, _PATIENCE_S) if fault.what == "slow" else None).status
    except MyRunStreakError:
        ended = "failed"
    after = world.state().last_sync_at
    assert (before if ended == "failed" else after) == after
    assert after is None or after <= began
    return ended


def recover(world: World, fault: Fault) -> None:
    """The next day nothing goes wrong; where the consent was withdrawn, it is given again."""
    world.sim.clear_faults()
    if fault.what == "revoke_all":
        world.authorise()
    assert "complete" == world.clean_sync().status


def no_run_is_lost(world: World, exist: set[int]) -> None:
    """Nothing that exists at Smashrun is marked deleted, now that the disturbed sync has ended."""
    if world.database_file.exists():
        gone = {
            row[0] for row in world.ask("SELECT activity_id FROM activities WHERE deleted_at IS NOT NULL")
        }
        assert set() == gone & exist


def check_first_sync(world: World, fault: Fault, expected: object, *, lying: bool = False) -> None:
    """The law for a first sync."""
    disturbed_sync(world, fault)
    if not lying:
        no_run_is_lost(world, {a["activityId"] for a in world.sim.activities if "activityId" in a})
    recover(world, fault)
    assert expected == world.content()
    assert_rebuilds(world)


def check_daily_sync(world: World, fault: Fault, expected: object, *, lying: bool = False) -> None:
    """The law for a sync that finds edits, late uploads and deletions."""
    change_the_source(world)
    world.next_day()
    disturbed_sync(world, fault)
    if not lying:
        no_run_is_lost(world, {a["activityId"] for a in world.sim.activities if "activityId" in a})
    recover(world, fault)
    assert expected == world.content(live_content)
    assert_rebuilds(world)

"""Whatever goes wrong with Smashrun, wherever: afterwards one clean sync gives the rows of an undisturbed one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from myrunstreak.errors import MyRunStreakError

from scripts.simulator import Fault
from tests.stage.content import live_content
from tests.stage.history import NOW, history, late
from tests.stage.world import World, assert_rebuilds
from tests.whole.end_to_end.conftest import MakeWorld

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


def change_the_source(world: World) -> None:
    """A day's worth of news that needs several pages: edits, late uploads, deletions, a run with a recording."""
    for number in range(14):
        world.sim.add(late(number, hasDetails=int(number == 7)))
    for activity in world.sim.activities[5:17]:
        world.sim.edit(activity["activityId"], notes="edited")
    for activity in world.sim.activities[20:23]:
        world.sim.delete(activity["activityId"])


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


def spread(kind: str, positions: int, step: int) -> list[int]:
    """Some of the positions, other ones for every kind, together all of them."""
    offset = list(KINDS).index(kind)
    return [at for at in range(positions) if (at + offset) % step == 0]


FIRST_REQUESTS, DAILY_REQUESTS = 10, 9
FIRST = [(kind, at) for kind in KINDS for at in spread(kind, FIRST_REQUESTS, 7)]
DAILY = [(kind, at) for kind in KINDS for at in spread(kind, DAILY_REQUESTS, 7)]

OUTAGES = [(kind, (3 * number + 1) % DAILY_REQUESTS) for number, kind in enumerate(KINDS)]


@pytest.fixture(scope="module")
def expected_first(synced: World) -> object:
    """What an undisturbed first sync gives."""
    return synced.content()


@pytest.fixture(scope="module")
def expected_daily(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a first sync of the changed source gives."""
    world = World(tmp_path_factory.mktemp("expected"), history())
    change_the_source(world)
    world.sync()
    expected = world.content(live_content)
    world.close()
    return expected


@pytest.mark.parametrize(("kind", "at"), FIRST)
def test_a_first_sync_survives_a_fault(
    kind: str, at: int, make_world: MakeWorld, expected_first: object
) -> None:
    """One request of a first sync goes wrong: the next sync leaves nothing of it."""
    check_first_sync(make_world(), KINDS[kind](path=LISTS_AND_DETAILS, at=at), expected_first)


@pytest.mark.parametrize(("kind", "at"), DAILY)
def test_a_daily_sync_survives_a_fault(
    kind: str, at: int, synced_world: World, expected_daily: object
) -> None:
    """One request of a sync with news goes wrong: the next sync leaves nothing of it."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at)
    check_daily_sync(synced_world, fault, expected_daily)


@pytest.mark.parametrize(("kind", "at"), OUTAGES[::2])
def test_a_first_sync_survives_an_outage(
    kind: str, at: int, make_world: MakeWorld, expected_first: object
) -> None:
    """From one request on everything goes wrong, to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None)
    check_first_sync(make_world(), fault, expected_first, lying=kind in LIES)


@pytest.mark.parametrize(("kind", "at"), OUTAGES[1::2])
def test_a_daily_sync_survives_an_outage(
    kind: str, at: int, synced_world: World, expected_daily: object
) -> None:
    """From one request of a sync with news on everything goes wrong, to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None)
    check_daily_sync(synced_world, fault, expected_daily, lying=kind in LIES)

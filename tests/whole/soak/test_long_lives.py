"""Months of a record at random: news, faults, kills and stops on most days, and one clean sync at the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from myrunstreak.errors import MyRunStreakError

from tests.stage.campaign import PARTS, chance, journeys
from tests.stage.content import live_content
from tests.stage.history import Record, history, late
from tests.stage.kills import sync_in_a_process
from tests.stage.sync_faults import KINDS, LISTS_AND_DETAILS
from tests.stage.world import World, assert_rebuilds, requests_left

pytestmark = pytest.mark.soak
DAYS = 12


def news(world: World, dice: random.Random, day: int) -> None:
    """What may have happened at the source since yesterday."""
    known = [record["activityId"] for record in world.sim.activities if "activityId" in record]
    for number in range(dice.choice([0, 0, 1, 3, 25])):
        world.sim.add(late(1000 * day + number, hasDetails=int(dice.random() < 0.1)))
    for activity_id in dice.sample(known, dice.choice([0, 0, 1, 4, 15])):
        world.sim.edit(activity_id, notes=f"day {day}", distance=round(dice.uniform(1, 20), 5))
    for activity_id in dice.sample(known, dice.choice([0, 0, 0, 1, 3])):
        world.sim.delete(activity_id)
    if dice.random() < 0.05:
        world.sim.resync()


def trouble(world: World, dice: random.Random) -> Callable[[], object]:
    """A sync of one day, disturbed in some way."""
    kind, at = dice.choice(list(KINDS)), dice.randrange(12)
    what = dice.choice(["fault", "fault", "outage", "budget", "kill", "nothing", "full"])
    if what in ("fault", "outage") and kind not in ("slow", "short list", "empty list"):
        world.sim.inject(KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=1 if what == "fault" else None))
        return world.sync
    if what == "budget":
        return lambda: world.sync(seconds_left=requests_left(world, dice.randrange(12)))
    if what == "kill":
        step = dice.randrange(40)
        return lambda: _killed(world, step)
    return lambda: world.sync({"full": what == "full"})


def _killed(world: World, step: int) -> None:
    # The sync may be over before that step.
    with suppress(AssertionError):
        sync_in_a_process(world, step)


def records_at(world: World) -> list[Record]:
    """The source's records as a fresh sync would find them."""
    return world.sim.activities


@pytest.mark.parametrize("part", range(PARTS))
def test_a_life_full_of_trouble_ends_with_the_rows_of_a_quiet_one(part: int, tmp_path: Path) -> None:
    """Whatever the days brought, the last clean sync shows what a first sync of the same source shows."""
    for number in journeys(part):
        dice = chance("life", number)
        world = World(tmp_path / f"life-{number}", history())
        for day in range(DAYS):
            sync = trouble(world, dice)
            with suppress(MyRunStreakError):
                sync()
            world.sim.clear_faults()
            world.authorise()
            world.next_day()
            news(world, dice, day)
        for _ in range(3):
            world.clean_sync({"full": True, "accept_deletes": True})
        fresh = World(tmp_path / f"fresh-{number}", records_at(world), now=world.clock.now())
        fresh.sync()
        assert (number, fresh.content(live_content)) == (number, world.content(live_content))
        assert_rebuilds(world)
        fresh.close()
        world.close()

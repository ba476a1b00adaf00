"""What changes at Smashrun between two syncs, or in the middle of one."""

from __future__ import annotations

from collections.abc import Callable

from scripts.simulator import Fault, Simulator
from tests.stage.content import live_content
from tests.stage.history import FIRST_ID, late, run
from tests.stage.world import MakeWorld, World, assert_rebuilds


def change_the_source(world: World) -> None:
    """A day's worth of news that needs several pages: edits, late uploads, deletions, a run with a recording."""
    for number in range(14):
        world.sim.add(late(number, hasDetails=int(number == 7)))
    for activity in world.sim.activities[5:17]:
        world.sim.edit(activity["activityId"], notes="edited")
    for activity in world.sim.activities[20:23]:
        world.sim.delete(activity["activityId"])


Change = Callable[[Simulator], object]


def _insert_newest(sim: Simulator) -> None:
    today = sim.clock.now().date()
    for number in range(3):
        sim.add(run(0, newest=today, of=1, activityId=FIRST_ID + 700_000 + number))


def _insert_old(sim: Simulator) -> None:
    for number in range(100, 112):
        sim.add(late(number))


def _delete_newest(sim: Simulator) -> None:
    for number in (42, 43, 44):
        sim.delete(FIRST_ID + number)


def _edit_oldest(sim: Simulator) -> None:
    for number in range(4):
        sim.edit(FIRST_ID + number, notes="edited in mid-walk", distance=9.87654)


def _undelete(sim: Simulator) -> None:
    sim.undelete(FIRST_ID + 30)


CHANGES: dict[str, Change] = {
    "insert newest": _insert_newest,
    "insert old": _insert_old,
    "delete": _delete_newest,
    "edit": _edit_oldest,
    "undelete": _undelete,
    "mass re-sync": Simulator.resync,
}


def check_change(world: World, change: Change, at: int, expected: object) -> None:
    """A sync while the source changes, then a clean one."""
    world.sim.inject(Fault.call(change, path="/my/activities", at=at))
    world.sync()
    world.clean_sync()
    assert expected == world.content(live_content)
    assert_rebuilds(world)


def prepared(world: World) -> World:
    """A world where one run is deleted at the source, for the change that brings it back."""
    world.sim.delete(FIRST_ID + 30)
    return world


def fresh_content(make_world: MakeWorld, change: Change, *, daily: bool) -> object:
    """What a first sync gives after the change."""
    world = prepared(make_world())
    if daily:
        change_the_source(world)
        world.next_day()
    change(world.sim)
    world.sync()
    return world.content(live_content)

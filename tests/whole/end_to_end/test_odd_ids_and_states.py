"""An id list with something odd in it, and a sync state that is damaged as a whole: the sync goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from myrunstreak.secrets import open_secret

from scripts.simulator import Fault
from tests.stage.aws import Cloud
from tests.stage.content import everything
from tests.stage.history import FIRST_ID, late, runs
from tests.stage.world import REGION, MakeWorld, World, assert_rebuilds

IDS = "/my/activities/search/ids"
ODD = ["null", "true", "1.5", '"abc"', "[1]", "{}", "1e400", "1" + 40 * "0"]


def ids_with(world: World, odd: str) -> str:
    """The true id list and one more element."""
    return f"[{odd}, {', '.join(str(one['activityId']) for one in world.sim.activities)}]"


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_element_of_the_id_list_stops_deletions_alone(odd: str, make_world: MakeWorld) -> None:
    """New runs are stored, a run that is gone waits for a list that is sound, and the element is counted."""
    world = make_world(runs(30, hasDetails=0))
    world.sync()
    world.sim.delete(FIRST_ID + 4)
    world.sim.add(late(1, hasDetails=0))
    world.next_day()
    world.sim.inject(Fault.status(200, path=IDS, times=None, body=ids_with(world, odd)))
    result = world.sync()
    assert ("complete", 1, 0, 0) == (
        result.status,
        result.runs_new,
        result.runs_deleted,
        result.deletes_withheld,
    )
    assert any("1 element" in warning for warning in result.warnings)
    result = world.clean_sync()
    assert 1 == result.runs_deleted
    assert all(warning.startswith("The streak of 30 days") for warning in result.warnings)
    assert_rebuilds(world)


def test_ids_as_floats_and_texts_are_ids(make_world: MakeWorld) -> None:
    """An id list of another shape deletes nothing and warns of nothing."""
    world = make_world(runs(30, hasDetails=0))
    world.sync()
    known = [one["activityId"] for one in world.sim.activities]
    body = json.dumps([f"{one}" if one % 2 else float(one) for one in known])
    world.next_day()
    world.sim.inject(Fault.status(200, path=IDS, times=None, body=body))
    result = world.sync()
    assert ("complete", 0, []) == (result.status, result.runs_deleted, result.warnings)


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"null", b"\x00\xff garbage", b'{"last_sync_at":'])
def test_a_damaged_state_file_costs_a_walk(content: bytes, synced_world: World) -> None:
    """The history is read again, nothing of it is new, the result says why, and the state is whole again."""
    before = synced_world.content(everything)
    Path(synced_world.folder / "state.json").write_bytes(content)
    result = synced_world.clean_sync()
    assert ("complete", 0, 0) == (result.status, result.runs_new, result.runs_updated)
    assert any("sync state" in warning for warning in result.warnings)
    assert before == synced_world.content(everything)
    assert synced_world.clock.now() == synced_world.state().last_sync_at
    assert [] == synced_world.clean_sync().warnings


def test_a_damaged_state_in_secrets_manager_costs_a_walk(make_world: MakeWorld, cloud: Cloud) -> None:
    """As a file's: an empty list in the secret stops nothing."""
    world = make_world(runs(30, hasDetails=0), **cloud.settings)
    world.sync()
    world.next_day()
    open_secret(world.settings.sync_state_secret, REGION).write([])  # type: ignore[arg-type]  # pyright: ignore
    result = world.sync()
    assert ("complete", 0) == (result.status, result.runs_new)
    assert any("sync state" in warning for warning in result.warnings)
    assert [] == world.clean_sync().warnings

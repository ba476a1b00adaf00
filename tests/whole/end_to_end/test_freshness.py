"""Beside the database stands when the record was last found whole: after every such sync, and after no other."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.composition import Services
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.errors import MyRunStreakError
from myrunstreak.store.freshness import read_freshness

from scripts.simulator import Fault
from tests.stage.aws import Cloud, client_of, denied, with_fault
from tests.stage.history import history, late
from tests.stage.kills import sync_in_a_process
from tests.stage.world import MakeWorld, World, copy_world


def note_of(world: World) -> Freshness:
    """What readers on disk are told."""
    file = world.database_file.with_name(FRESHNESS_NAME)
    return read_freshness(file.read_bytes()) if file.exists() else Freshness()


def test_a_day_without_news_moves_the_note_and_not_the_database(synced_world: World) -> None:
    """The database stays the same file: so only the note can say that the record is fresh."""
    world = synced_world
    before, first = world.database_file.read_bytes(), note_of(world)
    world.next_day()
    assert not world.sync().published
    assert before == world.database_file.read_bytes()
    second = note_of(world)
    assert first.data_as_of is not None
    assert second.data_as_of is not None
    assert first.data_as_of < second.data_as_of == world.state().last_sync_at
    assert second.last_success_at is not None
    assert second.last_success_at >= second.data_as_of


def test_a_sync_that_did_not_see_everything_leaves_the_note(synced_world: World) -> None:
    """Smashrun fails in the middle of the list: the old instants stand."""
    world = synced_world
    before = note_of(world)
    world.next_day()
    world.sim.add(late(1))
    world.sim.inject(Fault.status(500, path="/my/activities", times=None))
    with pytest.raises(MyRunStreakError):
        world.sync()
    assert before == note_of(world)
    assert "complete" == world.clean_sync().status
    assert before != note_of(world)


def test_a_note_that_cannot_be_written_is_a_warning_and_no_failure(
    synced_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Record and state are saved, so a failure would only repeat what is done; but it is not silent."""
    world = synced_world
    file = world.database_file.with_name(FRESHNESS_NAME)
    file.unlink()
    file.mkdir()
    world.next_day()
    world.sim.add(late(1))
    result = world.sync()
    assert "complete" == result.status
    assert any("its readers were not told" in one for one in result.warnings)
    assert "its readers were not told" in caplog.text
    assert world.state().last_sync_at == world.clock.now()
    file.rmdir()
    assert [] == world.clean_sync().warnings
    assert world.state().last_sync_at == note_of(world).data_as_of


def test_a_role_that_may_not_write_the_note_still_syncs(make_world: MakeWorld, cloud: Cloud) -> None:
    """AWS denies that one object: the warning names it and what to check."""
    world = make_world(None, **cloud.settings)
    world.sync()
    key = f"record/{FRESHNESS_NAME}"
    before = read_freshness(cloud.body(key))
    world.next_day()

    def no_note(request: Any) -> Any:
        return denied(request) if request.url.split("?")[0].endswith(FRESHNESS_NAME) else None

    def arrange(services: Services) -> None:
        with_fault(client_of(services), "PutObject", no_note)

    result = world.sync(arrange=arrange)
    assert "complete" == result.status
    (warning,) = result.warnings
    assert f"Cannot write s3://{cloud.bucket}/{key}: AWS denies PutObject" in warning
    assert before == read_freshness(cloud.body(key))
    world.clean_sync()
    assert before != read_freshness(cloud.body(key))


def test_a_killed_sync_never_says_more_than_was_saved(synced: World, tmp_path: Path) -> None:
    """Killed anywhere: the note's instant is one that the state knows, and the next sync moves it on."""
    numbers = itertools.count()

    def quiet_world() -> World:
        world = copy_world(synced, tmp_path / str(next(numbers)), history())
        world.next_day()
        return world

    undisturbed = quiet_world()
    steps = sync_in_a_process(undisturbed)
    undisturbed.close()
    assert {"before freshness", "after freshness"} <= set(steps)
    for fatal in [number for number, name in enumerate(steps) if "fsync" not in name]:
        world = quiet_world()
        sync_in_a_process(world, fatal)
        told, saved = note_of(world).data_as_of, world.state().last_sync_at
        assert told is not None
        assert saved is not None
        assert told <= saved, fatal
        world.clean_sync()
        assert world.state().last_sync_at == note_of(world).data_as_of, fatal
        world.close()

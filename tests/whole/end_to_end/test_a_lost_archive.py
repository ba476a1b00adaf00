"""What the raw archive has lost is noticed, told, and made good: the record never hangs on one file."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.store.archive_audit import lost_objects
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive

from scripts.record.reading import open_record
from tests.stage.content import Rows, live_content
from tests.stage.history import runs
from tests.stage.world import REGION, World


def objects_of(world: World) -> list[Path]:
    """The files of the archive, oldest first."""
    return sorted((world.database_file.parent / "raw").rglob("*.json.gz"), key=lambda file: file.name)


def rebuilt(world: World) -> dict[str, Rows]:
    """What the archive alone gives."""
    again = world.folder / "again"
    shutil.rmtree(again, ignore_errors=True)
    store = DuckDBManager(again / "runs.duckdb")
    try:
        store.catch_up(RawArchive(open_blobs(world.settings.archive, REGION), "loopback", store.work))
        return live_content(store.connect())
    finally:
        store.close()


def lost(world: World) -> int:
    """How many objects the database was made of and the archive does not hold."""
    archive = RawArchive(open_blobs(world.settings.archive, REGION), "loopback", world.folder)
    with open_record(world.settings) as connection:
        return len(lost_objects(connection, archive.names()))


@pytest.fixture
def world(make_world: Any) -> World:
    """A record of several syncs: pages, details, an edit, a deletion, a run that came back."""
    world: World = make_world([{**one, "hasDetails": int(one["activityId"] % 3 == 0)} for one in runs(25)])
    world.sync()
    ids = sorted(one["activityId"] for one in runs(25))
    world.sim.edit(ids[3], notes="edited")
    world.clean_sync()
    world.sim.delete(ids[5])
    world.clean_sync()
    assert {"extended", "details", "deletions"} == {file.name.split("-")[1] for file in objects_of(world)}
    return world


def damage(world: World, which: str, seed: int) -> None:
    """Lose objects: all of them, all of a kind, or some."""
    chance = random.Random(seed)
    for file in objects_of(world):
        if which in {"all", file.name.split("-")[1]} or (which == "some" and chance.random() < 0.5):
            file.unlink()


@pytest.mark.parametrize(
    ("which", "seed"),
    [("all", 0), ("extended", 0), ("details", 0), ("deletions", 0), *(("some", seed) for seed in range(4))],
)
def test_a_full_sync_archives_again_what_is_missing(which: str, seed: int, world: World) -> None:
    """Afterwards a rebuild gives every run, its details and its deletion as the database has them."""
    damage(world, which, seed)
    missing = lost(world)
    before = world.content(live_content)
    result = world.clean_sync({"full": True})
    assert bool(missing) == any("archived again" in warning for warning in result.warnings)
    world.clean_sync()
    assert 0 == lost(world)
    assert before == world.content(live_content)
    assert before == rebuilt(world)


def test_a_full_sync_archives_nothing_where_nothing_is_missing(world: World) -> None:
    """A walk that finds nothing new leaves no object."""
    before = objects_of(world)
    assert [] == world.clean_sync({"full": True}).warnings
    assert before == objects_of(world)


def test_a_loss_is_noticed_within_a_month_and_told_until_it_is_made_good(world: World) -> None:
    """One look a month while all is well; from then on every sync says it."""
    whole_at = world.state().archive_whole_at
    objects_of(world)[0].unlink()
    assert 0 == world.clean_sync().archive_objects_lost
    assert whole_at == world.state().archive_whole_at
    world.clock.advance(timedelta(days=31).total_seconds())
    for _ in range(2):
        result = world.clean_sync()
        assert ("complete", 1) == (result.status, result.archive_objects_lost)
        assert "sync --full" in " ".join(result.warnings)
        assert world.state().archive_whole_at is None
    world.clean_sync({"full": True})
    result = world.clean_sync()
    assert (0, []) == (result.archive_objects_lost, result.warnings)
    assert world.state().archive_whole_at is not None


def test_an_archive_that_cannot_be_listed_fails_no_sync(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is put off to the next sync."""
    whole_at = world.state().archive_whole_at
    world.clock.advance(timedelta(days=31).total_seconds())

    def broken(self: RawArchive) -> set[str]:
        open_blobs(Path("/dev/null/nowhere"), REGION).read("x")
        return set()

    monkeypatch.setattr(RawArchive, "names", broken)
    assert "complete" == world.clean_sync().status
    assert whole_at == world.state().archive_whole_at

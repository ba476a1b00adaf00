"""An older database in the place of the newest: its readers hear nothing wrong, and the next sync makes it whole."""

from __future__ import annotations

import gzip
import random
import shutil
from datetime import date
from pathlib import Path

import pytest
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.errors import MyRunStreakError, StoreConflict
from myrunstreak.store.blobs.s3 import S3Blobs

from scripts.restore.candidate import Choice
from scripts.restore.sources import Sources
from scripts.simulator import Fault
from tests.stage.aws import Cloud
from tests.stage.content import live_content
from tests.stage.history import FIRST_ID, late, run, runs
from tests.stage.restores import fresh_content, restore, streak_of
from tests.stage.s3_proxy import S3Proxy
from tests.stage.world import SMALL_PAGES, MakeWorld, World

ARCHIVE = Choice()


def run_of(world: World, day: date) -> None:
    """The runner runs on a day, in the morning."""
    number = day.toordinal()
    stamp = f"{day.isoformat()}T05:30:00"
    stamps = dict.fromkeys(("syncDateTimeUTC", "dateCreatedUTC", "dateUpdatedUTC"), stamp)
    world.sim.add(
        run(0, newest=day, of=1, activityId=FIRST_ID + number, externalId=f"day-{number}")
        | stamps
        | {"startDateTimeLocal": f"{day.isoformat()}T05:00:00+00:00"}
    )


def next_day_with_a_run(world: World) -> None:
    """A day passes, and the runner has run on it."""
    world.next_day()
    run_of(world, world.clock.now().date())


def set_aside(world: World, name: str) -> Choice:
    """Keep a copy of the present database as a backup."""
    file = world.database_file.parent / "backups" / "weekly" / f"{name}.duckdb"
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(world.database_file, file)
    return Choice(backup=f"weekly/{name}")


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A runner who has run on every day, synced once."""
    world: World = make_world(runs(25), runner_timezone="UTC")
    world.sync()
    return world


def assert_whole(world: World, folder: Path) -> None:
    """The next sync leaves the rows of a first one, and its readers know how fresh they are."""
    world.clean_sync()
    assert fresh_content(world, folder) == world.content(live_content)
    streak = streak_of(world)
    assert streak.data_as_of == world.state().last_sync_at


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_and_nothing_false_is_said(world: World, tmp_path: Path, seed: int) -> None:
    """Days of runs, edits and deletions; any state put back at any time, with or without a sync in between."""
    chance = random.Random(f"restoring {seed}")
    kept = [ARCHIVE, set_aside(world, "first")]
    for day in range(6):
        next_day_with_a_run(world)
        ids = sorted(one["activityId"] for one in world.sim.activities)
        for change in chance.sample(
            [
                lambda: world.sim.edit(chance.choice(ids), notes=f"edited on day {day}"),  # noqa: B023
                lambda: world.sim.add(late(day, hasDetails=1)),  # noqa: B023
                lambda: world.sim.delete(ids[chance.randrange(8)]),  # noqa: B023
            ],
            chance.randrange(3),
        ):
            change()
        if chance.random() < 0.75:
            world.sync()
            kept.append(set_aside(world, f"day-{day}"))
        if chance.random() < 0.5:
            restore(world, chance.choice(kept))
        assert streak_of(world).state != "broken"
    restore(world, chance.choice(kept))
    for _ in range(3):
        next_day_with_a_run(world)
        assert streak_of(world).state in {"unknown", "at_risk"}
    assert_whole(world, tmp_path / "fresh")
    assert "at_risk" == streak_of(world).state


@pytest.mark.parametrize("is_quiet", [True, False], ids=["quiet", "with news"])
@pytest.mark.parametrize("choice", ["backup", "archive"])
def test_a_sync_under_way_does_not_call_a_restored_record_whole(
    world: World, tmp_path: Path, is_quiet: bool, choice: str
) -> None:
    """It saw the newer one: its note is about that, its state leaves the restore to the next sync."""
    wanted = set_aside(world, "first") if choice == "backup" else ARCHIVE
    for _ in range(3):
        next_day_with_a_run(world)
        world.sync()
    world.clock.advance(3600)
    if not is_quiet:
        world.sim.add(late(1))
    world.sim.inject(Fault.call(lambda _: restore(world, wanted), path="/my/activities"))
    result = world.sync()
    assert is_quiet == ("complete" == result.status)
    for _ in range(2):
        world.next_day()
        assert streak_of(world).state in {"unknown", "at_risk"}
    assert_whole(world, tmp_path / "fresh")


def test_what_the_archive_has_lost_is_fetched_again(world: World, tmp_path: Path) -> None:
    """A rebuilt database lacks an edit that only a lost object told: ids agree, so only the whole walk finds it."""
    world.sim.edit(FIRST_ID + 3, notes="edited")
    world.clean_sync()
    for _ in range(4):
        world.clean_sync()  # a list begins two days before the last sync
    world.sim.add(late(2))
    world.clean_sync()
    for file in (world.database_file.parent / "raw").rglob("*.json.gz"):
        if b'"edited"' in gzip.decompress(file.read_bytes()):
            file.unlink()
    restore(world, ARCHIVE)
    assert [(None,)] == world.ask(
        f"SELECT nullif(notes, '') FROM activities WHERE activity_id = {FIRST_ID + 3}"
    )
    world.clean_sync({"short": True})  # which reads no old pages again
    assert [("edited",)] == world.ask(f"SELECT notes FROM activities WHERE activity_id = {FIRST_ID + 3}")
    assert_whole(world, tmp_path / "fresh")


def test_a_database_that_was_copied_back_by_hand_is_not_called_whole(world: World, tmp_path: Path) -> None:
    """The note stays, and says of which database it is: this one is older."""
    older = tmp_path / "older"
    shutil.copyfile(world.database_file, older)
    for _ in range(3):
        next_day_with_a_run(world)
        world.sync()
    assert "done_today" == streak_of(world).state
    older.replace(world.database_file)
    assert world.database_file.with_name(FRESHNESS_NAME).exists()
    assert "unknown" == streak_of(world).state
    assert_whole(world, tmp_path / "fresh")


@pytest.fixture
def in_a_bucket(make_world: MakeWorld, cloud: Cloud) -> World:
    """A record on S3 of three days, each of which published it."""
    world: World = make_world(runs(25), SMALL_PAGES, runner_timezone="UTC", **cloud.settings)
    world.sync()
    for _ in range(2):
        next_day_with_a_run(world)
        world.sync()
    return world


def choices_in(world: World) -> list[Choice]:
    """Everything that the bucket offers, newest first, and the archive."""
    states = Sources(world.settings).states()
    found = [Choice(version=one.name) if one.kind == "version" else Choice(backup=one.name) for one in states]
    return [*found, ARCHIVE]


def test_every_version_and_every_backup_of_a_bucket_can_be_put_back(
    in_a_bucket: World, tmp_path: Path
) -> None:
    """One after the other, without a sync in between; then one sync. What was replaced is a backup itself."""
    world = in_a_bucket
    choices = choices_in(world)
    kinds = ["version" if one.version else "backup" if one.backup else "archive" for one in choices]
    assert kinds.count("version") >= 2
    assert 2 <= kinds.count("backup")
    [(before,)] = world.ask("SELECT count(*) FROM runs")
    kept = [restore(world, choice) for choice in choices]
    assert len(set(kept)) == len(choices)
    assert kept[0] in {one.name for one in Sources(world.settings).states()}
    restore(world, Choice(backup=kept[0]))
    assert [(before,)] == world.ask("SELECT count(*) FROM runs")
    restore(world, choices[-2])
    next_day_with_a_run(world)
    assert_whole(world, tmp_path / "fresh")


def test_a_rival_between_look_and_replacement_keeps_what_it_wrote(
    in_a_bucket: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """S3 refuses the write by its condition: one line, and run again it works."""
    world, original = in_a_bucket, S3Blobs.add

    def add(self: S3Blobs, name: str, content: bytes) -> None:
        original(self, name, content)
        if name.startswith("replaced/"):
            next_day_with_a_run(world)
            world.sync()

    choice = choices_in(world)[0]
    with monkeypatch.context() as patch:
        patch.setattr(S3Blobs, "add", add)
        with pytest.raises(StoreConflict, match="changed by a sync meanwhile"):
            restore(world, choice)
    expected = world.content(live_content)
    restore(world, choice)
    assert_whole(world, tmp_path / "fresh")
    assert expected == world.content(live_content)


def test_a_restore_that_breaks_off_anywhere_can_be_run_again(
    proxy: S3Proxy, in_a_bucket: World, tmp_path: Path
) -> None:
    """S3 hangs up for good from one request on; each time the record is the old or the new one, and is readable."""
    world = in_a_bucket
    oldest = choices_in(world)[-2]
    proxy.seen.clear()
    restore(world, oldest)
    requests = len(proxy.seen)
    world.clean_sync()
    [(newest,)] = world.ask("SELECT count(*) FROM runs")
    for at in range(requests):
        proxy.seen.clear()
        proxy.fault = lambda _, pass_on: pass_on() if len(proxy.seen) <= at else None  # noqa: B023
        with pytest.raises(MyRunStreakError):
            restore(world, oldest)
        proxy.fault = lambda _, pass_on: pass_on()
        assert [(newest,)] == world.ask("SELECT count(*) FROM runs"), at
    restore(world, oldest)
    assert_whole(world, tmp_path / "fresh")

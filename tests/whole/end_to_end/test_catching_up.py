"""What is archived and not in the database is caught up with, in parts where the time is short, whatever was lost."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.contract.freshness import Freshness
from myrunstreak.errors import StoreUnavailable
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.loading import portions
from myrunstreak.store.loading.portions import Limit
from myrunstreak.store.machine_errors import machine_errors
from myrunstreak.store.raw_archive import RawArchive

from tests.stage import content
from tests.stage.handler import Context, Function, now
from tests.stage.history import NOW, Record, runs
from tests.stage.world import World, assert_rebuilds, requests_left

COUNT = 30
SMALL = Limit(2, 12_000)


def out_of_time() -> float:
    """No second is left, however often one asks."""
    return 0.0


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of a few records, so that a small history takes many."""
    monkeypatch.setattr(portions, "_LIMITS", portions._LIMITS | {"details": SMALL, "extended": SMALL})


def recorded(record: Record, dice: random.Random) -> Record:
    """The run with a recording of its own."""
    samples = dice.randrange(40, 160)
    way = [round(second * (0.0025 + dice.random() / 1e4), 5) for second in range(samples)]
    return record | {
        "recordingKeys": ["clock", "distance"],
        "recordingValues": [[*range(samples)], sorted(way)],
    }


def shelf(folder: Path) -> RawArchive:
    """A world's raw archive."""
    work = folder / "drafts"
    work.mkdir(exist_ok=True)
    return RawArchive(LocalBlobs(folder / "data" / "raw"), "loopback", work)


def archive(folder: Path, records: list[Record], at: datetime, at_once: int = 12) -> None:
    """Archive lists and details of a history, as syncs do that are killed before they publish."""
    dice, kept = random.Random(3), shelf(folder)
    for first in range(0, len(records), 10):
        page = json.dumps(records[first : first + 10]).encode()
        kept.add(kept.draft("extended", page, at + timedelta(seconds=first)))
    for first in range(0, len(records), at_once):
        whole = json.dumps([recorded(one, dice) for one in records[first : first + at_once]]).encode()
        kept.add(kept.draft("details", whole, at + timedelta(minutes=1, seconds=first)))


def introduce(world: World) -> None:
    """A first sync with time for one request: Smashrun says whose tokens these are, and nothing else."""
    assert 1 == world.sync(seconds_left=requests_left(world, 1)).requests


def test_a_catch_up_without_time_comes_nearer_with_every_sync(tmp_path: Path) -> None:
    """Each is partial and says so, asks nothing of Smashrun, publishes what it applied; the end is as with time."""
    records = [one | {"hasDetails": 1} for one in runs(COUNT)]
    world = World(tmp_path, records)
    introduce(world)
    archive(tmp_path, records, NOW - timedelta(hours=2))
    known: list[int] = []
    while not known or known[-1] < COUNT:
        result = world.sync(seconds_left=out_of_time)
        assert ("partial", None, 0, True) == (
            result.status,
            result.data_as_of,
            result.requests,
            result.published,
        )
        known += [row[0] for row in world.ask("SELECT count(details_at) FROM runs")]
        assert len(known) < 60
    assert sorted(known) == known
    assert 3 < len(set(known))
    assert "complete" == world.clean_sync().status
    assert_rebuilds(world)
    world.close()


def test_older_objects_that_come_late_are_caught_up_in_parts_too(tmp_path: Path) -> None:
    """What is applied again after them is not forgotten when the time is up in between."""
    records = [one | {"hasDetails": 1} for one in runs(14)]
    world = World(tmp_path, records)
    archive(tmp_path, [one | {"notes": "new"} for one in records], NOW - timedelta(hours=2))
    world.sync(seconds_left=lambda: 100.0)
    archive(tmp_path, records[:10], NOW - timedelta(hours=5))
    while world.sync(seconds_left=out_of_time).warnings:
        continue
    assert "complete" == world.clean_sync().status
    assert_rebuilds(world)
    world.close()


def test_points_of_a_catch_up_in_parts_are_those_of_one_at_once(tmp_path: Path) -> None:
    """Nothing is lost or doubled among the recordings where a catch-up was cut short."""
    records = [one | {"hasDetails": 1} for one in runs(COUNT)]
    found: list[Any] = []
    for name, left in (("parts", out_of_time), ("whole", lambda: 100.0)):
        world = World(tmp_path / name, records)
        introduce(world)
        archive(tmp_path / name, records, NOW - timedelta(hours=2))
        while world.sync(seconds_left=left).warnings:
            continue
        found.append(content.points(tmp_path / name / "data" / "recordings"))
        world.close()
    assert COUNT * 40 < len(found[0])
    assert found[0] == found[1]


class Hurried(Context):
    """A function whose time goes by with every look at it."""

    def get_remaining_time_in_millis(self) -> int:
        """Twenty seconds less than at the last look."""
        self.milliseconds -= 20_000
        return self.milliseconds


def test_the_function_recovers_by_itself_when_the_database_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Repeated invocations make the record whole from its archive; it is not called fresh until then."""
    records = [one | {"hasDetails": 1} for one in runs(60)]
    world = World(tmp_path, records, now=now())
    archive(tmp_path, records, now() - timedelta(hours=3))
    function = Function(world, monkeypatch, capsys)
    while function({}, Hurried())["status"] != "complete":
        continue
    before = world.ask("SELECT count(*), count(details_at), count(splits_at) FROM runs")
    note = world.database_file.parent / "freshness.json"
    assert Freshness.model_validate_json(note.read_bytes()).data_as_of
    world.database_file.unlink()
    statuses: list[str] = []
    while statuses[-1:] != ["complete"]:
        statuses.append(function({}, Hurried())["status"])
        fresh = Freshness.model_validate_json(note.read_bytes()).data_as_of is not None
        assert (statuses[-1] == "complete") == fresh
        assert len(statuses) < 30
    assert 1 < len(statuses)
    assert [(60, 60, 60)] == before
    assert before == world.ask("SELECT count(*), count(details_at), count(splits_at) FROM runs")
    world.close()


def test_an_error_for_memory_names_the_functions_memory() -> None:
    """Not the disk: another folder for temporary files would not help."""
    for error in (MemoryError(), duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")):
        with (
            pytest.raises(StoreUnavailable, match=r"512 MB .*memory_mb 1024") as told,
            machine_errors("it", 512),
        ):
            raise error
        assert "TMPDIR" not in str(told.value)
    full = duckdb.OutOfMemoryException("failed to offload data block, see 'max_temp_directory_size'")
    with pytest.raises(StoreUnavailable, match="TMPDIR"), machine_errors("the folder", 512):
        raise full

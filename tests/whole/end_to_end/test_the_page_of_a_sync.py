"""What a sync does for the page: renders it, leaves it on a quiet day, and never fails because of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from myrunstreak.contract.telemetry import Metric

from tests.stage.handler import Function, now
from tests.stage.history import history, runs
from tests.stage.world import MakeWorld, World


def page_of(world: World) -> Path:
    """The folder of the page."""
    return world.database_file.parent / "page"


def put_in_the_way(world: World) -> None:
    """A file where the folder of the page should be."""
    page_of(world).parent.mkdir(parents=True, exist_ok=True)
    page_of(world).write_text("in the way", encoding="utf-8")


def test_a_sync_renders_the_page_and_a_quiet_one_leaves_it(make_world: MakeWorld) -> None:
    """The day after, nothing in the folder has been touched."""
    world = make_world(runs(20, hasDetails=0))
    first = world.sync()
    assert first.pages_rendered >= 4
    assert 'id="streak"' in (page_of(world) / "index.html").read_text(encoding="utf-8")
    stamps = {file.name: file.stat().st_mtime_ns for file in page_of(world).iterdir()}
    world.next_day()
    quiet = world.sync()
    assert (0, False, "complete") == (quiet.pages_rendered, quiet.page_failed, quiet.status)
    assert stamps == {file.name: file.stat().st_mtime_ns for file in page_of(world).iterdir()}


def test_a_page_that_cannot_be_written_fails_no_sync(make_world: MakeWorld) -> None:
    """A file stands where its folder should be: the record is complete, a warning says why, the next sync mends it."""
    world = make_world(runs(5, hasDetails=0))
    put_in_the_way(world)
    result = world.sync()
    assert ("complete", True, 0) == (result.status, result.page_failed, result.pages_rendered)
    assert any("The page could not be rendered" in warning for warning in result.warnings)
    page_of(world).unlink()
    world.next_day()
    assert world.sync().pages_rendered >= 4


def test_a_page_lost_in_part_is_written_again(make_world: MakeWorld) -> None:
    """A folder that was taken away comes back, and what is left of a note that cannot be read is replaced."""
    world = make_world(runs(5, hasDetails=0))
    world.sync()
    shutil.rmtree(page_of(world))
    assert world.sync().pages_rendered >= 4
    (page_of(world) / "made-of.json").write_text("{", encoding="utf-8")
    assert world.sync().pages_rendered >= 4


def test_a_short_sync_takes_four_requests_and_sees_the_run(make_world: MakeWorld) -> None:
    """It reads lists only, though details and old pages wait."""
    world = make_world(runs(120))
    world.sync()
    world.next_day()
    since = len(world.sim.requests)
    quiet = world.sync({"short": True})
    assert ("complete", 0) == (quiet.status, quiet.runs_new)
    assert len(world.sim.requests) - since <= 4


def test_the_failure_is_counted(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The metric is 1 where the page failed, and 0 where it did not; the sync succeeds both times."""
    world = make_world(history(), now=now())
    invoke = Function(world, monkeypatch, capsys)
    put_in_the_way(world)
    for failures in (1, 0):
        invoke({})
        metrics = invoke.printed().metrics
        assert ([failures], [1]) == (metrics[Metric.PAGE_FAILURES.value], metrics[Metric.SYNC_SUCCESS.value])
        if failures:
            page_of(world).unlink()

"""Whatever the archive holds, and however long recordings are: it fits into the function's memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent

from scripts.simulator import seeded_history
from tests.stage.history import NOW, Record
from tests.stage.paths import ROOT
from tests.stage.world import World
from tests.whole.end_to_end import long_recordings
from tests.whole.end_to_end.long_recordings import archive, runs_of
from tests.whole.end_to_end.small_machine import FUNCTION_MB

# What the runtime itself needs of the function's memory is not ours.
MOST_MB = 420


def test_a_lost_database_is_made_anew_from_the_archive_within_the_functions_memory(tmp_path: Path) -> None:
    """DuckDB takes 128 MiB for each thread that reads JSON, and the machine shows more threads than it gives."""
    world = World(tmp_path, seeded_history(today=NOW.date(), years=1)[:60])
    try:
        world.sync()
        for run in world.sim.activities[:1]:
            world.next_day()
            world.sim.edit(run["activityId"], notes="again")
            world.sync()
        archived = [path for path in (tmp_path / "data" / "raw").rglob("*details*") if path.is_file()]
        assert len(archived) >= 2
        world.database_file.unlink()
        world.next_day()
        with open_services(world.settings, clock=world.clock.now, memory_mb=FUNCTION_MB) as services:
            assert "complete" == services.sync(SyncEvent()).status
        assert [(60,)] == world.ask("SELECT count(*) FROM runs")
    finally:
        world.close()


def on_a_small_machine(world: World, action: str) -> dict[str, Any]:
    """What a process of the function's size answers."""
    settings = world.folder / "settings.json"
    settings.write_text(json.dumps(world.settings.model_dump(exclude_none=True)))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.whole.end_to_end.small_machine"),
            *(str(settings), world.clock.now().isoformat(), action),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda_src'}"},
        capture_output=True,
        text=True,
        timeout=600,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert answer["peak_mb"] < MOST_MB
    return answer


def with_recordings(runs: list[Record], points: int) -> list[Record]:
    """The runs as their details show them."""
    members = json.loads("{" + long_recordings.recording(points) + "}")
    return [one | members for one in runs]


CASES = {
    "a day without a pause": (1, 86_400, 1),
    "25 long runs in one object": (25, 14_400, 25),
    "200 runs, archived and not published": (200, 2_400, 25),
}


@pytest.mark.parametrize("action", ["sync", pytest.param("rebuild", marks=pytest.mark.soak)])
@pytest.mark.parametrize("case", CASES)
def test_archived_details_are_caught_up_within_the_functions_memory(
    tmp_path: Path, case: str, action: str
) -> None:
    """One recording or hundreds, one object or many: every one is applied, its points are kept."""
    count, points, at_once = CASES[case]
    runs = runs_of(count, points)
    archive(tmp_path / "data" / "raw", runs, points, at_once)
    world = World(tmp_path, runs)
    try:
        assert count == on_a_small_machine(world, action)["details_fetched"]
        assert [(count, count, 0)] == world.ask(
            "SELECT count(*), count(splits_at), (SELECT count(*) FROM details_queue) FROM runs"
        )
        files = str(tmp_path / "data" / "recordings" / "*" / "*.parquet")
        assert [(count * points, count)] == world.ask(
            f"SELECT count(*), count(DISTINCT activity_id) FROM read_parquet('{files}')"
        )
    finally:
        world.close()


@pytest.mark.parametrize("count", [8, pytest.param(25, marks=pytest.mark.soak)])
def test_a_first_sync_of_long_recordings_fits_into_the_functions_memory(tmp_path: Path, count: int) -> None:
    """Their answers are not gathered until they are as large as the memory."""
    world = World(tmp_path, with_recordings(runs_of(count, 14_400), 14_400))
    try:
        assert count == on_a_small_machine(world, "sync")["details_fetched"]
    finally:
        world.close()

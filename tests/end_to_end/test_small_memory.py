"""A catch-up has to fit into the function's memory: many objects of details are read at once there."""

from __future__ import annotations

from pathlib import Path

from myrunstreak.composition import open_workshop
from myrunstreak.contract.events import SyncEvent

from scripts.simulator import seeded_history
from tests.end_to_end.history import NOW
from tests.end_to_end.world import World

FUNCTION_MB = 512


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
        with open_workshop(world.settings, clock=world.clock.now, memory_mb=FUNCTION_MB) as workshop:
            assert "complete" == workshop.sync(SyncEvent()).status
        assert [(60,)] == world.ask("SELECT count(*) FROM runs")
    finally:
        world.close()

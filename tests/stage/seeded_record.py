"""A record of three hundred runs as the sync would have stored them, and the present in which it is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.schema.migrations import migrate

from scripts.simulator import seeded_history
from scripts.simulator.tracks import recording_of
from tests.stage.drafts import Shelf

# The newest run is of this day.
NOW = datetime(2026, 10, 31, 20, tzinfo=UTC)
SEED = 7
DAYS_OFF = {"2026-06-15", "2026-06-20"}


def clock() -> datetime:
    """The present of every test."""
    return NOW


def make_record(folder: Path) -> Path:
    """A database of three hundred runs, some with recordings, as the sync would have stored them."""
    shelf = Shelf(folder / "shelf")
    history = [
        one for one in seeded_history(SEED, NOW) if "activityId" in one and "startDateTimeLocal" in one
    ]
    runs = [one for one in history[:300] if one["startDateTimeLocal"][:10] not in DAYS_OFF]
    detailed = [one | recording_of(one, SEED) for one in runs[:40] if one.get("hasDetails")]
    file = folder / "runs.duckdb"
    with duckdb.connect(str(file)) as connection:
        migrate(connection, "a test")
        RunDatabase(connection).apply([shelf.page(0, *runs), shelf.details(1, *detailed)])
        connection.execute(
            "INSERT INTO sync_log SELECT 'x', TIMESTAMP '2026-10-31 06:00', TIMESTAMP '2026-10-31 06:01', 'complete',"
            " 1, 1, 0, 0, 0, 0, 0, 0, 3, TIMESTAMP '2026-10-31 06:00', NULL"
        )
    return file

"""The database is damaged, and brought back by the command that the runbook gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

# One row per run, without the times of observation.
_RUNS: Final = """
SELECT activity_id, start_local, distance_km, duration_s, notes, has_details, splits_at IS NOT NULL
FROM runs
ORDER BY activity_id
"""


@dataclass(frozen=True)
class Restored:
    """One restore, the sync before it, and the sync after it.

    Attributes:
        before, after: every run of the record, before the damage and after the sync.
        damaged_sync: what the function said to the damaged database.
        dry_run, said: what the command said, at first only looking.
        runs: how many the record had right after the restore.
    """

    before: list[tuple[Any, ...]]
    damaged_sync: Answer
    dry_run: dict[str, Any]
    said: dict[str, Any]
    runs: int
    sync: Answer
    after: list[tuple[Any, ...]]


def restore_after_damage(rehearsal: Rehearsal, *source: str) -> Restored:
    """Damage the database, look at what a source would give, restore it from there, and sync."""
    before = rehearsal.rows(_RUNS)
    rehearsal.damage_the_database()
    damaged_sync = rehearsal.invoke()
    objects = rehearsal.objects()
    dry_run = rehearsal.restore(*source, "--dry-run")
    assert objects == rehearsal.objects()
    said = rehearsal.restore(*source, "--yes")
    runs = len(rehearsal.rows(_RUNS))
    return Restored(before, damaged_sync, dry_run, said, runs, rehearsal.invoke(), rehearsal.rows(_RUNS))

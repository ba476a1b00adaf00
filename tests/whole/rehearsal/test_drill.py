"""The drill: the deployed record is lost and comes back. `make drill` runs these alone and writes down when."""

from __future__ import annotations

import pytest

from tests.whole.rehearsal.rehearsal import Rehearsal
from tests.whole.rehearsal.restoring import Restored

pytestmark = [pytest.mark.rehearsal, pytest.mark.drill]

WAYS = ("version", "backup", "archive")


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_database_comes_back_with_every_run(restores: dict[str, Restored], way: str) -> None:
    """By an old version, by the week's backup, from the archive: after the next sync the rows are the same."""
    restored = restores[way]
    assert "StoreCorrupt" in str(restored.damaged_sync.payload)
    assert "`myrunstreak restore`" in str(restored.damaged_sync.payload)
    assert (None, restored.sync.error) == (None, None), restored.sync.payload
    assert "complete" == restored.sync.payload["status"]
    assert len(restored.before) > 30
    assert restored.before == restored.after


@pytest.mark.parametrize("way", WAYS)
def test_the_dry_run_says_what_the_restore_does(restores: dict[str, Restored], way: str) -> None:
    """Damage and numbers; only the restore itself changes anything."""
    restored = restores[way]
    assert (None, False, True) == (
        restored.dry_run["before"],
        restored.dry_run["restored"],
        restored.said["restored"],
    )
    assert "ends too early" in restored.dry_run["damage"]
    assert restored.dry_run["after"] == restored.said["after"]
    assert restored.runs == restored.said["after"]["runs"]
    assert (way == "archive") == (restored.runs == len(restored.before)), (
        "the others are from before the last run"
    )


def test_what_was_replaced_is_kept(rehearsal: Rehearsal, restores: dict[str, Restored]) -> None:
    """Each damaged database, under a name of its own, half as large as the sound one."""
    kept = {f"backups/{restored.said['kept']}.duckdb" for restored in restores.values()}
    found = {key for key in rehearsal.objects() if key.startswith("backups/replaced/")}
    assert (len(WAYS), found) == (len(kept), kept)

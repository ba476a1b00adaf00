"""The sync state between two syncs: every field declared, kept as JSON, and tolerant of what it cannot read."""

from __future__ import annotations

import json

from myrunstreak.contract.events import SyncFigures
from myrunstreak.sync.state import SyncLogRow, SyncState

FIGURES = dict.fromkeys(SyncFigures.model_fields, 0) | {"status": "complete", "data_as_of": None}
ROW = {"sync_id": "a", "started_at": "2026-05-01T06:00:00Z", "finished_at": "2026-05-01T06:00:09Z"} | FIGURES


def test_rows_that_wait_for_a_publication_survive_the_state() -> None:
    """A quiet sync publishes no database; its row of the log waits in the state."""
    state = SyncState(unlogged=[SyncLogRow.model_validate(ROW)])
    stored = json.loads(json.dumps(state.to_json()))
    assert [ROW] == stored["unlogged"]
    assert state == SyncState.model_validate(stored)


def test_a_row_that_cannot_be_read_costs_the_log_and_not_the_sync() -> None:
    """Rows are for looking at; nothing of the record depends on them."""
    state = SyncState.model_validate({"unlogged": [{"sync_id": "a"}], "last_sync_at": "2026-05-01T06:00:00Z"})
    assert [] == state.unlogged
    assert state.last_sync_at is not None


def test_what_a_newer_program_keeps_in_the_state_stays() -> None:
    """A step back to an older release must not forget what the newer one will ask for."""
    assert "kept" == SyncState.model_validate({"of_a_newer_release": "kept"}).to_json()["of_a_newer_release"]

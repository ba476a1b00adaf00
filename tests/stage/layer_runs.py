"""Runs as the rules of layered streaks see them, and the table of activities that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

_FILL = """
INSERT INTO activities (
    activity_id, start_local, start_date, distance_km, duration_s, offset_suspect, deleted_at, content_hash,
    first_seen_at, synced_at
)
SELECT
    n, CAST(started AS TIMESTAMP), CAST(started AS DATE), km, s, false,
    CASE WHEN gone THEN TIMESTAMP '2026-01-02' END, 'x', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01'
FROM (
    SELECT unnest(
        from_json($runs, '[{"n": "BIGINT", "started": "VARCHAR", "km": "DOUBLE", "s": "DOUBLE", "gone": "BOOLEAN"}]'),
        recursive := true
    )
)
"""


@dataclass(frozen=True)
class Run:
    """A run as the rules see it."""

    number: int
    start: datetime
    km: float | None
    seconds: float | None
    deleted: bool = False


def insert(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> None:
    """Put runs into the table of activities, all at once."""
    rows: list[dict[str, Any]] = [
        {
            "n": run.number,
            "started": run.start.isoformat(),
            "km": run.km,
            "s": run.seconds,
            "gone": run.deleted,
        }
        for run in runs
    ]
    connection.execute(_FILL, {"runs": json.dumps(rows)})

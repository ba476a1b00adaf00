"""What an export is made from, over a small record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from myrunstreak.contract.settings import Settings

from scripts.export.selection import Selection
from scripts.export.source import Source

EVERY_RUN = Selection()
COMPLETE = datetime(2026, 11, 1, 6, 0, 30, tzinfo=UTC)


def source_of(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection = EVERY_RUN,
    columns: Sequence[str] | None = None,
    *,
    database: Path = Path("nowhere/runs.duckdb"),
    zone: str | None = None,
) -> Source:
    """These runs of the record, and recordings beside that database."""
    settings = Settings(duckdb_path=str(database), runner_timezone=zone)
    chosen = None if columns is None else tuple(columns)
    return Source(connection, settings, selection, chosen, lambda count: None, COMPLETE)

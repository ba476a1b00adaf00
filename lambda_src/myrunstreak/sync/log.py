"""The rows that a sync leaves in ``sync_log``, and instants as its result shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


def log_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows for ``sync_log``: instants as the naive UTC timestamps that the database stores."""
    return [
        row
        | {
            name: datetime.fromisoformat(row[name]).astimezone(UTC).replace(tzinfo=None)
            if row[name]
            else None
            for name in ("started_at", "finished_at", "data_as_of")
        }
        for row in rows
    ]


def instant_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

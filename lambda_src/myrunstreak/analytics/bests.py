"""Records and best efforts out of the rows that tell when each was set.

The last row of a record holds it; where a longer effort allows more than was measured, that is its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myrunstreak.analytics.models import BestEffort, HeldEffort, Holding, Part, Record

Row = dict[str, Any]


def records_of(rows: Sequence[Row]) -> list[Record]:
    """The records, each with its earlier holders, from the rows of ``records.sql``."""
    return [
        Record(
            **last,
            measured=_measured(earlier, last, "value"),
            history=[Holding(**_part(Holding, one)) for one in earlier],
        )
        for *earlier, last in _by(rows, "kind")
    ]


def efforts_of(rows: Sequence[Row]) -> tuple[list[BestEffort], list[BestEffort]]:
    """Best efforts from the rows of ``best_efforts.sql``: those that count, each with its earlier holders, and the
    flagged ones.
    """
    counted = [
        BestEffort(
            **last,
            measured_s=_measured(earlier, last, "elapsed_s"),
            history=[HeldEffort(**_part(HeldEffort, one)) for one in earlier],
        )
        for *earlier, last in _by([row for row in rows if not row["flagged"]], "distance")
    ]
    return counted, [BestEffort(**row, measured_s=None, history=[]) for row in rows if row["flagged"]]


def _by(rows: Sequence[Row], name: str) -> list[list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return list(found.values())


def _measured(earlier: Sequence[Row], last: Row, name: str) -> float | None:
    return earlier[-1][name] if last["source"] == "bound" and earlier else None


def _part(model: type[Part], row: Row) -> Row:
    return {name: row[name] for name in model.model_fields}

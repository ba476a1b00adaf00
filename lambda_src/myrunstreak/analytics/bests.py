"""Personal bests and best efforts, built from one row for each time that a best was set.

The last row of a best holds it; where a longer effort allows more than was measured, that is its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myrunstreak.analytics.best_models import BestEffort, HeldEffort, Holding, Record
from myrunstreak.analytics.models import Part

Row = dict[str, Any]


def build_records(rows: Sequence[Row], *, newest_first: bool) -> list[Record]:
    """The personal bests, each with its earlier holders, from the rows of ``records.sql``."""
    groups = _group(rows, "kind")
    if newest_first:
        groups.sort(key=lambda group: group[-1]["set_on"], reverse=True)
    return [
        Record(
            **{name: value for name, value in last.items() if name != "set_on"},
            measured=_find_measured(earlier, last, "value"),
            history=[Holding(**_pick(Holding, row)) for row in earlier],
        )
        for *earlier, last in groups
    ]


def build_efforts(rows: Sequence[Row]) -> tuple[list[BestEffort], list[BestEffort]]:
    """Best efforts from the rows of ``best_efforts.sql``: those that count, each with its earlier holders, and the
    flagged ones.
    """
    counted = [
        BestEffort(
            **last,
            measured_s=_find_measured(earlier, last, "elapsed_s"),
            history=[HeldEffort(**_pick(HeldEffort, row)) for row in earlier],
        )
        for *earlier, last in _group([row for row in rows if not row["flagged"]], "distance")
    ]
    return counted, [BestEffort(**row, measured_s=None, history=[]) for row in rows if row["flagged"]]


def _group(rows: Sequence[Row], name: str) -> list[list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return list(found.values())


def _find_measured(earlier: Sequence[Row], last: Row, name: str) -> float | None:
    return earlier[-1][name] if last["source"] == "bound" and earlier else None


def _pick(model: type[Part], row: Row) -> Row:
    return {name: row[name] for name in model.model_fields}

"""Answers the question about gaps: when there was no run day, for how long, and what there was instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final, get_args

from myrunstreak.analytics.bounds import check_choice, check_order, look_ahead
from myrunstreak.analytics.cursors import cut_page, parse_day, read_cursor
from myrunstreak.analytics.gap_models import Gap, Gaps, GapUnit
from myrunstreak.analytics.models import GapSpan, ListOrder
from myrunstreak.analytics.reasons import explain_gap
from myrunstreak.analytics.record import OpenRecord
from myrunstreak.analytics.statements import statement
from myrunstreak.analytics.stretches import Grid, Stretch, Stretches, find_stretches
from myrunstreak.contract.tuning import WeekStart

_NOTHING: Final[dict[str, Any]] = {"runs": 0, "deleted": 0, "other_activities": 0, "other_types": ()}


class GapEngine(OpenRecord):
    """Answers questions about days without a run."""

    def gaps(
        self,
        *,
        unit: GapUnit = "day",
        minimum: str | None = None,
        since: date | None = None,
        until: date | None = None,
        week_start: WeekStart | None = None,
        sort: ListOrder = "newest",
        limit: int | None = 100,
        cursor: str | None = None,
    ) -> Gaps:
        """Stretches of days or weeks without a run day, from the first run day to the last day that is known."""
        check_choice("sort", sort, get_args(ListOrder))
        check_order(since, until)
        kind = f"gaps {unit} {sort}"
        length, start_date = read_cursor(cursor, kind, (int, str))
        km = self._minimum_km(minimum)
        grid = Grid.weeks(self._shift(week_start)) if unit == "week" else Grid()
        found = self._find_stretches(km, grid, since, until)
        in_order = sorted(found.gaps, key=lambda gap: _order(gap, sort), reverse=True)
        if cursor is not None:
            before = (length if sort == "longest" else 0, parse_day(start_date))
            in_order = [gap for gap in in_order if _order(gap, sort) < before]
        rows = [asdict(gap) for gap in in_order[: look_ahead(limit)]]
        page, next_cursor = cut_page(rows, limit, kind, ("length", "start_date"))
        missed = sum(gap.length for gap in found.gaps)
        longest = max(found.gaps, key=lambda gap: _order(gap, "longest"), default=None)
        return Gaps(
            data_as_of=self.data_as_of,
            unit=unit,
            minimum_km=km,
            **{"from": found.first},
            to=found.last,
            of=found.units,
            missed=missed,
            share=missed / found.units if found.units else None,
            gaps=len(found.gaps),
            longest=describe_span(longest) if longest else None,
            last=describe_span(found.gaps[-1]) if found.gaps else None,
            items=self._describe(page),
            next_cursor=next_cursor,
        )

    def _find_stretches(
        self, minimum_km: float, grid: Grid, since: date | None, until: date | None
    ) -> Stretches:
        rows = self._ask(self._statement("spans"), minimum_km=minimum_km)
        today = self._today()
        return find_stretches(
            [(row["start_date"], row["end_date"]) for row in rows],
            grid,
            today=today.day,
            unknown_from=min(today.day, today.unknown_from or today.day),
            since=since,
            until=until,
        )

    def _describe(self, gaps: Sequence[dict[str, Any]]) -> list[Gap]:
        """The gaps with what was recorded in them."""
        rows = self._ask(
            statement("gap_facts"),
            first_days=[gap["start_date"] for gap in gaps],
            last_days=[gap["end_date"] for gap in gaps],
        )
        facts = {row.pop("start_date"): row for row in rows}
        waiting = self._waiting_days()
        found: list[Gap] = []
        for gap in gaps:
            first, last = gap["start_date"], gap["end_date"]
            of_gap = {"waiting": sum(number for day, number in waiting.items() if first <= day <= last)}
            of_gap |= facts.get(first, _NOTHING)
            reason = explain_gap(**of_gap, counted_types=self._settings.activity_types)
            del of_gap["other_types"]
            found.append(Gap(**gap, **of_gap, reason=reason))
        return found

    def _count_waiting(self, days: Collection[date]) -> dict[date, int]:
        """How many runs of each of these days wait in quarantine; days without any are left out."""
        return {day: records for day, records in self._waiting_days().items() if day in days}

    def _waiting_days(self) -> dict[date, int]:
        """How many records of each day wait in quarantine."""
        if not self._standing["has_waiting"]:
            return {}
        # One row per day with a waiting record.
        query = "SELECT date, count(*) AS records FROM waiting_records GROUP BY date ORDER BY date"
        return {row["date"]: row["records"] for row in self._ask(query)}


def _order(gap: Stretch, sort: ListOrder) -> tuple[int, date]:
    """What a list is ordered by, the largest first."""
    return (gap.length if sort == "longest" else 0, gap.start_date)


def describe_span(gap: Stretch) -> GapSpan:
    """From when to when a gap is, and how long."""
    return GapSpan(start_date=gap.start_date, end_date=gap.end_date, length=gap.length)

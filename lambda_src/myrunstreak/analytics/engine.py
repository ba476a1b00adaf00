"""Answers every question about one open record: thin Python that binds parameters and returns frozen models.

What the numbers mean stands once, in the statements under ``sql/`` and in the schema's views and macros.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal, cast, get_args

from myrunstreak.analytics.bests import efforts_of, records_of
from myrunstreak.analytics.bounds import (
    check_days,
    check_km,
    check_year,
    distance_of,
    end_of,
    fits,
    one_more,
    types_of,
)
from myrunstreak.analytics.coverage import coverage_of
from myrunstreak.analytics.cursors import make_cursor, read_cursor
from myrunstreak.analytics.models import (
    BestEfforts,
    Comparison,
    Coverage,
    Eddington,
    Figures,
    Periods,
    Records,
    RunAnswer,
    Runs,
    Splits,
    Trailing,
    Unit,
)
from myrunstreak.analytics.record import utc
from myrunstreak.analytics.streaks import StreakEngine
from myrunstreak.contract.units import MILE_KM
from myrunstreak.errors import InvalidQuestion, NotInRecord

WeekStart = Literal["monday", "sunday"]
PeriodUnit = Literal["year", "month", "week"]
RunOrder = Literal[
    "start", "-start", "distance", "-distance", "duration", "-duration", "pace", "-pace"
]  # a minus: descending

_SHIFT: Final = {"monday": 0, "sunday": 1}


class Engine(StreakEngine):
    """The answers of one record at one instant, those about days and streaks included.

    Every method may raise ``InvalidQuestion`` where a parameter cannot be understood; those about layered streaks
    ``InvalidSettings`` where a definition cannot be.
    """

    # -- statistics -------------------------------------------------------------------------------

    def stats(self, period: PeriodUnit, *, week_start: WeekStart | None = None) -> Periods:
        """Years, months or weeks with a run, newest first."""
        shift = self._shift(week_start) if period == "week" else 0
        items = self._ask("periods", unit=period, shift=shift)
        return Periods(data_as_of=self._freshness.data_as_of, items=cast("Any", items))

    def trailing(self, days: int = 30, *, as_of: date | None = None) -> Trailing:
        """The days up to and with today."""
        check_days(days)
        last = self._today(as_of).day
        first = date.fromordinal(max(1, last.toordinal() - days + 1))
        [figures] = self._ask("between", first_day=first, last_day=last)
        return Trailing(data_as_of=self._freshness.data_as_of, **{"from": first}, to=last, **figures)

    def compare(self, first: int, second: int, *, as_of: date | None = None) -> Comparison:
        """Two years, to the same day of the year where one of them is not over."""
        for year in (first, second):
            check_year(year)
        today = self._today(as_of).day
        cut = today if as_of is not None or today.year in (first, second) else None
        ends = [end_of(year, cut) for year in (first, second)]
        rows = self._ask(
            "compare",
            first_from=date(first, 1, 1),
            first_to=ends[0],
            second_from=date(second, 1, 1),
            second_to=ends[1],
        )
        for row in rows:
            del row["place"]
        items = [
            {"year": year, "to": end, **row}
            for year, end, row in zip((first, second), ends, rows, strict=True)
        ]
        difference: dict[str, Any] = {
            name: None if rows[0][name] is None or rows[1][name] is None else rows[1][name] - rows[0][name]
            for name in Figures.model_fields
        }
        return Comparison(
            data_as_of=self._freshness.data_as_of, items=cast("Any", items), difference=Figures(**difference)
        )

    def eddington(self) -> Eddington:
        """Eddington numbers over per-day sums."""
        numbers: dict[str, Any] = {row.pop("unit"): row for row in self._ask("eddington", mile_km=MILE_KM)}
        nothing = {"number": 0, "days_to_next": 1}
        return Eddington(
            data_as_of=self._freshness.data_as_of,
            km=numbers.get("km", nothing),
            mi=numbers.get("mi", nothing),
        )

    # -- records ----------------------------------------------------------------------------------

    def records(self, *, minimum: str | None = None, week_start: WeekStart | None = None) -> Records:
        """Every record with its earlier holders."""
        rows = self._ask(
            "records",
            minimum_km=self._minimum(minimum),
            shift=self._shift(week_start),
            unknown_from=self._today().unknown_from,
        )
        return Records(
            data_as_of=self._freshness.data_as_of, coverage=self._coverage(), items=records_of(rows)
        )

    def best_efforts(self, *, distance: str | None = None) -> BestEfforts:
        """The fastest stretch over each distance, or over one, with its earlier holders."""
        rows = self._ask("best_efforts", distance=self._distance(distance))
        counted, flagged = efforts_of(rows)
        return BestEfforts(
            data_as_of=self._freshness.data_as_of,
            coverage=self._coverage(),
            items=counted,
            not_counted=flagged,
        )

    def _coverage(self) -> Coverage:
        return coverage_of(
            self._database,
            today=self._today().day,
            requests_per_sync=self._settings.detail_requests_per_sync,
        )

    # -- runs -------------------------------------------------------------------------------------

    def runs(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        min_km: float | None = None,
        max_km: float | None = None,
        race: bool | None = None,
        treadmill: bool | None = None,
        types: str | None = None,
        sort: RunOrder = "-start",
        limit: int | None = 100,
        cursor: str | None = None,
    ) -> Runs:
        """Runs that fit, in an order; what a run has no value for comes last."""
        if sort not in get_args(RunOrder):
            raise InvalidQuestion(f"sort is {sort!r}; accepted: {', '.join(get_args(RunOrder))}.")
        check_km(min_km=min_km, max_km=max_km)
        kind = f"runs{sort}"
        after: Sequence[Any] = read_cursor(cursor, kind, (float, int)) if cursor is not None else (None, None)
        rows = self._ask(
            "runs",
            since=since,
            until=until,
            min_km=min_km,
            max_km=max_km,
            race=race,
            treadmill=treadmill,
            types=types_of(types),
            order=sort.removeprefix("-"),
            direction=-1 if sort.startswith("-") else 1,
            sort_key=after[0],
            activity_id=after[1],
            rows=one_more(limit),
        )
        more, rows = limit is not None and len(rows) > limit, rows[:limit]
        following = make_cursor(kind, [rows[-1]["sort_key"], rows[-1]["activity_id"]]) if more else None
        for row in rows:
            del row["sort_key"]
        return Runs(data_as_of=self._freshness.data_as_of, items=cast("Any", rows), next_cursor=following)

    def run(self, activity_id: int) -> RunAnswer:
        """One run.

        Raises:
            NotInRecord: there is no live run of this id.
        """
        rows = self._ask("run", activity_id=activity_id) if fits(activity_id) else []
        if not rows:
            raise _no_run(activity_id)
        [row] = rows
        row["details_at"] = utc(row["details_at"])
        return RunAnswer(
            data_as_of=self._freshness.data_as_of,
            **row,
            laps=cast("Any", self._ask("laps", activity_id=activity_id)),
            best_efforts=cast("Any", self._ask("run_efforts", activity_id=activity_id)),
        )

    def splits(self, activity_id: int, unit: Unit = "km") -> Splits:
        """A run's splits.

        Raises:
            NotInRecord: there is no live run of this id.
        """
        if not fits(activity_id) or not self._ask("is_live", activity_id=activity_id)[0]["lives"]:
            raise _no_run(activity_id)
        items = self._ask("splits", activity_id=activity_id, unit=unit)
        return Splits(
            data_as_of=self._freshness.data_as_of,
            activity_id=activity_id,
            unit=unit,
            items=cast("Any", items),
        )

    # -- parameters -------------------------------------------------------------------------------

    def _shift(self, week_start: WeekStart | None) -> int:
        return _SHIFT[week_start or self._settings.week_start]

    def _distance(self, text: str | None) -> str | None:
        if text is None:
            return None
        return distance_of(text, [str(row["distance"]) for row in self._ask("distances")])


def _no_run(activity_id: int) -> NotInRecord:
    return NotInRecord(f"There is no run {activity_id} in the record.")

"""Answers every question about one open record: thin Python that binds parameters and returns frozen models.

What the numbers mean stands once, in the statements under ``sql/`` and in the schema's views and macros.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal, get_args

from myrunstreak.analytics.best_models import BestEfforts, Coverage, Records
from myrunstreak.analytics.bests import build_efforts, build_records
from myrunstreak.analytics.bounds import (
    check_choice,
    check_days,
    check_km,
    check_year,
    find_year_end,
    is_run_id,
    look_ahead,
    match_distance,
    parse_types,
)
from myrunstreak.analytics.coverage import measure_coverage
from myrunstreak.analytics.cursors import cut_page, read_cursor
from myrunstreak.analytics.goals import GoalEngine
from myrunstreak.analytics.period_models import Comparison, Eddington, Figures, Periods, Trailing
from myrunstreak.analytics.record import as_utc
from myrunstreak.analytics.run_models import RunAnswer, Runs, Splits, Unit
from myrunstreak.analytics.statements import statement
from myrunstreak.analytics.streaks import StreakEngine
from myrunstreak.contract.tuning import WeekStart
from myrunstreak.contract.units import MILE_KM
from myrunstreak.errors import NotInRecord

PeriodUnit = Literal["year", "month", "week"]
RunOrder = Literal[
    "start", "-start", "distance", "-distance", "duration", "-duration", "pace", "-pace"
]  # a minus: descending

RecordOrder = Literal["kind", "newest"]
_SORT_KEYS: Final = {
    "start": "CAST(epoch_us(start_local) AS DOUBLE)",
    "distance": "distance_km",
    "duration": "duration_s",
    "pace": "CASE WHEN pace > 0 THEN pace END",
}
# How a period is named, and how long it is.
_PERIODS: Final = {"year": ("%Y", "1 YEAR"), "month": ("%Y-%m", "1 MONTH"), "week": ("%G-W%V", "7 DAY")}


class Engine(StreakEngine, GoalEngine):
    """Answers questions about one record at one instant.

    Every method may raise ``InvalidQuestion`` for a parameter that cannot be understood; those about layered streaks
    ``InvalidSettings`` for such a definition.
    """

    # -- statistics -------------------------------------------------------------------------------

    def stats(self, period: PeriodUnit, *, week_start: WeekStart | None = None) -> Periods:
        """Years, months or weeks with a run, newest first."""
        shift = self._shift(week_start) if period == "week" else 0
        label, step = _PERIODS[period]
        items = self._ask(self._statement("periods", unit=period, shift=shift, label=label, step=step))
        return Periods(data_as_of=self.data_as_of, items=items)

    def trailing(self, days: int = 30, *, as_of: date | None = None) -> Trailing:
        """The last N days, including today."""
        check_days(days)
        last = self._today(as_of).day
        first = date.fromordinal(max(1, last.toordinal() - days + 1))
        return Trailing(data_as_of=self.data_as_of, **{"from": first}, to=last, **self._figures(first, last))

    def compare(self, first: int, second: int, *, as_of: date | None = None) -> Comparison:
        """Two years, to the same day of the year where one of them is not over."""
        years = (first, second)
        for year in years:
            check_year(year)
        today = self._today(as_of).day
        cut = today if as_of is not None or today.year in years else None
        ends = [find_year_end(year, cut) for year in years]
        before, after = (self._figures(date(year, 1, 1), end) for year, end in zip(years, ends, strict=True))
        items: list[Any] = [
            {"year": year, "to": end, **figures}
            for year, end, figures in zip(years, ends, (before, after), strict=True)
        ]
        difference: dict[str, Any] = {
            name: None if before[name] is None or after[name] is None else after[name] - before[name]
            for name in Figures.model_fields
        }
        return Comparison(data_as_of=self.data_as_of, items=items, difference=Figures(**difference))

    def eddington(self) -> Eddington:
        """Eddington numbers over per-day sums."""
        rows = self._ask(self._statement("eddington"), mile_km=MILE_KM)
        numbers: dict[str, Any] = {row.pop("unit"): row for row in rows}
        nothing = {"number": 0, "days_to_next": 1}
        return Eddington(
            data_as_of=self.data_as_of, km=numbers.get("km", nothing), mi=numbers.get("mi", nothing)
        )

    # -- personal bests ---------------------------------------------------------------------------

    def records(
        self,
        *,
        minimum: str | None = None,
        week_start: WeekStart | None = None,
        sort: RecordOrder = "kind",
    ) -> Records:
        """Every personal best, with previous ones."""
        check_choice("sort", sort, get_args(RecordOrder))
        rows = self._ask(
            self._statement("records", shift=self._shift(week_start)),
            minimum_km=self._minimum_km(minimum),
            unknown_from=self._today().unknown_from,
        )
        return Records(
            data_as_of=self.data_as_of,
            coverage=self._coverage(),
            items=build_records(rows, newest_first=sort == "newest"),
        )

    def best_efforts(self, *, distance: str | None = None) -> BestEfforts:
        """The fastest stretch over each distance, or over one, with previous bests."""
        if distance is not None:
            distances = self._ask(
                "SELECT distance, CAST(distance_km AS DOUBLE) AS km FROM effort_distances ORDER BY km"
            )
            distance = match_distance(distance, {row["distance"]: row["km"] for row in distances})
        counted, flagged = build_efforts(self._ask(self._statement("best_efforts"), distance=distance))
        return BestEfforts(
            data_as_of=self.data_as_of, coverage=self._coverage(), items=counted, not_counted=flagged
        )

    def _coverage(self) -> Coverage:
        return measure_coverage(
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
        """Runs, filtered and sorted; those without a value to sort by come last."""
        check_choice("sort", sort, get_args(RunOrder))
        check_km(min_km=min_km, max_km=max_km)
        direction = -1 if sort.startswith("-") else 1
        kind = f"runs{sort}"
        sort_key, activity_id = read_cursor(cursor, kind, (float, int))
        rows = self._ask(
            statement("runs", sort_by=_SORT_KEYS[sort.removeprefix("-")], direction=direction),
            since=since,
            until=until,
            min_km=min_km,
            max_km=max_km,
            race=race,
            treadmill=treadmill,
            types=parse_types(types),
            sort_key=sort_key,
            activity_id=activity_id,
            rows=look_ahead(limit),
        )
        rows, next_cursor = cut_page(rows, limit, kind, ("sort_key", "activity_id"))
        for row in rows:
            del row["sort_key"]
        return Runs(data_as_of=self.data_as_of, items=rows, next_cursor=next_cursor)

    def run(self, activity_id: int) -> RunAnswer:
        """One run.

        Raises:
            NotInRecord: there is no live run of this id.
        """
        rows = self._ask(statement("run"), activity_id=activity_id) if is_run_id(activity_id) else []
        if not rows:
            raise _no_run(activity_id)
        [row] = rows
        row["details_at"] = as_utc(row["details_at"])
        # One row per lap.
        laps = """
            SELECT lap_number, lap_type, end_duration_s, end_distance
            FROM laps
            WHERE activity_id = CAST($activity_id AS BIGINT)
            ORDER BY lap_number
        """
        # One row per distance, and a second one where a stretch over it is flagged.
        efforts = """
            SELECT distance, distance_m, elapsed_s, offset_s, source, flagged
            FROM best_efforts
            WHERE activity_id = CAST($activity_id AS BIGINT)
            ORDER BY distance_m, flagged
        """
        return RunAnswer(
            data_as_of=self.data_as_of,
            **row,
            laps=self._ask(laps, activity_id=activity_id),
            best_efforts=self._ask(efforts, activity_id=activity_id),
        )

    def splits(self, activity_id: int, unit: Unit = "km") -> Splits:
        """A run's splits.

        Raises:
            NotInRecord: there is no live run of this id.
        """
        exists = "SELECT 1 FROM runs WHERE activity_id = CAST($activity_id AS BIGINT)"
        if not is_run_id(activity_id) or not self._ask(exists, activity_id=activity_id):
            raise _no_run(activity_id)
        # One row per split.
        splits = """
            SELECT split_number, distance_km, duration_s, pace_s_per_km, heart_rate_avg, elevation_gain_m,
                elevation_loss_m
            FROM splits
            WHERE activity_id = CAST($activity_id AS BIGINT) AND unit = CAST($unit AS VARCHAR)
            ORDER BY split_number
        """
        items = self._ask(splits, activity_id=activity_id, unit=unit)
        return Splits(data_as_of=self.data_as_of, activity_id=activity_id, unit=unit, items=items)


def _no_run(activity_id: int) -> NotInRecord:
    return NotInRecord(f"There is no run {activity_id} in the record.")

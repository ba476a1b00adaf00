"""Answers every question about one open record: thin Python that binds parameters and returns frozen models.

What the numbers mean stands once, in the statements under ``sql/`` and in the schema's views and macros.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from myrunstreak.analytics.answers import (
    BestEffort,
    BestEfforts,
    Calendar,
    Comparison,
    Day,
    Eddington,
    Figures,
    HeldEffort,
    Holding,
    ListedStreak,
    Periods,
    Record,
    Records,
    RunAnswer,
    Runs,
    Splits,
    State,
    Status,
    Streak,
    StreakAnswer,
    Streaks,
    Trailing,
    Unit,
)
from myrunstreak.analytics.cursors import make_cursor, read_cursor
from myrunstreak.analytics.parameters import (
    check_days,
    check_km,
    check_year,
    day_of_cursor,
    distance_of,
    end_of,
    fits,
    minimum_of,
    page_of,
)
from myrunstreak.analytics.question import Database, ask
from myrunstreak.analytics.reasons import reason_of
from myrunstreak.analytics.today import Today, today_of
from myrunstreak.contract.freshness import LATE_AFTER, Freshness
from myrunstreak.contract.layout import DEFINITIONS_NAME
from myrunstreak.contract.settings import Tuning
from myrunstreak.errors import InvalidQuestion, NotInRecord

if TYPE_CHECKING:
    from myrunstreak.analytics.definitions import Definitions
    from myrunstreak.analytics.layers import LayerExplanations, Layers

WeekStart = Literal["monday", "sunday"]
PeriodUnit = Literal["year", "month", "week"]
RunOrder = Literal[
    "start", "-start", "distance", "-distance", "duration", "-duration", "pace", "-pace"
]  # a minus: descending

_SHIFT: Final = {"monday": 0, "sunday": 1}


class Answers:
    """The answers of one record at one instant.

    Args:
        database: a connection to the runs' database.
        now: the present instant, aware.
        settings: the runner's choices: time zone, minimum of a run day, first day of the week.
        freshness: what the last complete sync said beside the database.
        definitions: the text of the runner's own streak definitions; None: they have none.

    Every method may raise ``InvalidQuestion`` where a parameter cannot be understood; those about layered streaks
    ``InvalidSettings`` where a definition cannot be.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: datetime,
        settings: Tuning,
        freshness: Freshness | None = None,
        definitions: str | None = None,
    ) -> None:
        self._database = database
        self._now = now
        self._settings = settings
        self._told = freshness or Freshness()
        self._definitions = definitions

    # -- streaks ----------------------------------------------------------------------------------

    def status(self) -> Status:
        """Streak, state and freshness."""
        streak = self.streak()
        success = self._freshness.last_success_at
        return Status(
            data_as_of=self._freshness.data_as_of,
            state=streak.state,
            length_days=streak.current.length_days if streak.current else 0,
            last_success_at=success,
            stale=success is None or self._now - success > LATE_AFTER,
        )

    def streak(self, *, minimum: str | None = None, as_of: date | None = None) -> StreakAnswer:
        """The streak as it stands, or as it stood at the end of a day."""
        km, today = self._minimum(minimum), self._today(as_of)
        rows = self._ask("streak", minimum_km=km, today=today.day, until=today.until)
        streaks = {row.pop("role"): self._whole(row) for row in rows}
        current = streaks.get("current")
        state: State = "broken"
        if current:
            state = "done_today" if current.end_date == today.day else "at_risk"
        needed = 0.0
        if state != "done_today" and km:
            [figures] = self._ask("between", first_day=today.day, last_day=today.day)
            needed = max(0.0, km - figures["distance_km"])
        return StreakAnswer(
            data_as_of=self._freshness.data_as_of,
            today=today.day,
            minimum_km=km,
            state=state,
            current=current,
            needed_today_km=needed,
            seconds_left_today=today.seconds_left,
            longest=streaks.get("longest"),
        )

    def _whole(self, row: dict[str, Any]) -> Streak:
        """A streak with the sums of the days that it shows."""
        if row.pop("is_cut"):
            [figures] = self._ask("between", first_day=row["start_date"], last_day=row["end_date"])
            row |= {name: figures[name] for name in ("runs", "distance_km")}
        return Streak(**row)

    def streaks(self, *, minimum: str | None = None, limit: int = 100, cursor: str | None = None) -> Streaks:
        """All streaks, longest first, the newest of equals first."""
        after: Sequence[Any] = (
            read_cursor(cursor, "streaks", (int, str)) if cursor is not None else (None, None)
        )
        rows = self._ask(
            "streaks",
            minimum_km=self._minimum(minimum),
            today=self._today().day,
            length_days=after[0],
            start_date=day_of_cursor(after[1]),
            rows=page_of(limit) + 1,
        )
        items = [ListedStreak(**row) for row in rows[:limit]]
        last = items[-1] if len(rows) > limit else None
        following = make_cursor("streaks", [last.length_days, str(last.start_date)]) if last else None
        return Streaks(data_as_of=self._freshness.data_as_of, items=items, next_cursor=following)

    def day(self, day: date, *, minimum: str | None = None) -> Day:
        """What counted on a day, and why."""
        km = self._minimum(minimum)
        runs = self._ask("day", day=day)
        [figures] = self._ask("between", first_day=day, last_day=day)
        total = figures["distance_km"]
        is_run_day = figures["runs"] > 0 and total >= km - 1e-9
        for run in runs:
            lives = run.pop("lives")
            run["counts"] = lives and (km == 0 or (run["distance_km"] or 0) > 0)
        return Day(
            data_as_of=self._freshness.data_as_of,
            date=day,
            runs=cast("Any", runs),
            distance_km=total,
            is_run_day=is_run_day,
            reason=reason_of(figures["runs"], len(runs) - figures["runs"], total, km, is_run_day=is_run_day),
        )

    def calendar(self, year: int, *, minimum: str | None = None) -> Calendar:
        """Every day of a year."""
        check_year(year)
        days = self._ask("calendar", year=year, minimum_km=self._minimum(minimum))
        return Calendar(data_as_of=self._freshness.data_as_of, year=year, days=cast("Any", days))

    def layers(self, *, as_of: date | None = None) -> Layers:
        """The layered streaks: the runner's definitions, each with its state in the running period."""
        from myrunstreak.analytics.layers import Layers, layers

        today = self._today(as_of)
        items = layers(
            self._database,
            definitions=self._layered,
            today=today.day,
            seconds_left_today=today.seconds_left,
            week_start=self._settings.week_start,
        )
        return Layers(data_as_of=self._freshness.data_as_of, items=items)

    def explain_layers(self, day: date) -> LayerExplanations:
        """What every layered streak makes of the period around a day, run by run."""
        from myrunstreak.analytics.layers import LayerExplanations, explain_layers

        items = explain_layers(
            self._database,
            definitions=self._layered,
            day=day,
            today=self._today().day,
            week_start=self._settings.week_start,
        )
        return LayerExplanations(data_as_of=self._freshness.data_as_of, items=items)

    @property
    def has_own_layers(self) -> bool:
        """Whether the runner has defined streaks of their own."""
        return self._definitions is not None

    @property
    def _layered(self) -> Definitions:
        from myrunstreak.analytics.definitions import Definitions

        if self._definitions is None:
            return Definitions.default(self._settings.streak_min_distance)
        return Definitions.parse(self._definitions, DEFINITIONS_NAME)

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
        numbers: dict[str, Any] = {row.pop("unit"): row for row in self._ask("eddington")}
        nothing = {"number": 0, "days_to_next": 1}
        return Eddington(
            data_as_of=self._freshness.data_as_of,
            km=numbers.get("km", nothing),
            mi=numbers.get("mi", nothing),
        )

    # -- records ----------------------------------------------------------------------------------

    def records(self, *, minimum: str | None = None, week_start: WeekStart | None = None) -> Records:
        """Every record with its earlier holders."""
        rows = self._ask("records", minimum_km=self._minimum(minimum), shift=self._shift(week_start))
        held: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            held.setdefault(row["kind"], []).append(row)
        holding = set(Holding.model_fields)
        items = [
            Record(**last, history=[Holding(**{name: one[name] for name in holding}) for one in earlier])
            for *earlier, last in held.values()
        ]
        return Records(data_as_of=self._freshness.data_as_of, items=items)

    def best_efforts(self, *, distance: str | None = None) -> BestEfforts:
        """The fastest stretch over each distance, or over one, with its earlier holders."""
        rows = self._ask("best_efforts", distance=self._distance(distance))
        flagged = [BestEffort(**row, history=[]) for row in rows if row["flagged"]]
        held: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            if not row["flagged"]:
                held.setdefault(row["distance"], []).append(row)
        holding = set(HeldEffort.model_fields)
        items = [
            BestEffort(
                **last, history=[HeldEffort(**{name: one[name] for name in holding}) for one in earlier]
            )
            for *earlier, last in held.values()
        ]
        return BestEfforts(data_as_of=self._freshness.data_as_of, items=items, not_counted=flagged)

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
        sort: RunOrder = "-start",
        limit: int = 100,
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
            order=sort.removeprefix("-"),
            direction=-1 if sort.startswith("-") else 1,
            sort_key=after[0],
            activity_id=after[1],
            rows=page_of(limit) + 1,
        )
        more, rows = len(rows) > limit, rows[:limit]
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
        row["details_at"] = _utc(row["details_at"])
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

    def _ask(self, name: str, **parameters: object) -> list[dict[str, Any]]:
        return ask(self._database, name, parameters)

    def _today(self, as_of: date | None = None) -> Today:
        return today_of(
            self._database, now=self._now, timezone_name=self._settings.runner_timezone, as_of=as_of
        )

    @cached_property
    def _freshness(self) -> Freshness:
        """The later of what the database and what the object beside it says: a quiet day publishes no database."""
        [logged] = self._ask("freshness")
        return self._told.later(Freshness(**{name: _utc(moment) for name, moment in logged.items()}))

    def _minimum(self, text: str | None) -> float:
        return self._settings.streak_min_km if text is None else minimum_of(text)

    def _shift(self, week_start: WeekStart | None) -> int:
        return _SHIFT[week_start or self._settings.week_start]

    def _distance(self, text: str | None) -> str | None:
        if text is None:
            return None
        return distance_of(text, [str(row["distance"]) for row in self._ask("distances")])


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _no_run(activity_id: int) -> NotInRecord:
    return NotInRecord(f"There is no run {activity_id} in the record.")

"""Answers the questions about days and streaks: how long a streak is, whether it is safe, and why a day counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, get_args

from myrunstreak.analytics.bounds import check_choice, check_year, choose_range, look_ahead
from myrunstreak.analytics.cursors import cut_page, parse_day, read_cursor
from myrunstreak.analytics.gaps import GapEngine, describe_span
from myrunstreak.analytics.models import (
    Calendar,
    Day,
    DaySeries,
    EndedStreak,
    ListOrder,
    RunOfDay,
    State,
    Status,
    Streak,
    StreakAnswer,
    Streaks,
)
from myrunstreak.analytics.reasons import DayFacts, explain_day, name_activity
from myrunstreak.analytics.stretches import Grid
from myrunstreak.analytics.today import Today, decide_state
from myrunstreak.contract.freshness import LATE_AFTER
from myrunstreak.contract.layout import DEFINITIONS_NAME

if TYPE_CHECKING:
    from myrunstreak.analytics.layers.definitions import Definitions
    from myrunstreak.analytics.layers.models import LayerExplanations, Layers

_DAY: Final = timedelta(days=1)


class StreakEngine(GapEngine):
    """Answers questions about days and streaks."""

    def status(self) -> Status:
        """Streak, state and freshness: the cheapest question, which does not look into the streak before."""
        streak, _ = self._stand(None, None)
        success = self._freshness.last_success_at
        return Status(
            data_as_of=self.data_as_of,
            state=streak.state,
            length_days=streak.current.length_days if streak.current else 0,
            as_of=streak.as_of,
            timezone_is_set=streak.timezone_is_set,
            last_success_at=success,
            stale=success is None or self._now - success > LATE_AFTER,
        )

    def streak(self, *, minimum: str | None = None, as_of: date | None = None) -> StreakAnswer:
        """The streak today, or as of the end of an earlier day."""
        stand, previous = self._stand(minimum, as_of)
        return stand.model_copy(update={"previous": self._explain_end(previous, minimum)})

    def _stand(self, minimum: str | None, as_of: date | None) -> tuple[StreakAnswer, Streak | None]:
        """The streak without the one before it, and that one."""
        km, today = self._minimum_km(minimum), self._today(as_of)
        rows = self._ask(
            self._statement("streak"),
            minimum_km=km,
            today=today.day,
            stood_on=today.stood_on,
            until=today.until,
        )
        streaks = {row.pop("role"): self._build_streak(row) for row in rows}
        current = streaks.get("current")
        state = decide_state(
            ran_today=current is not None and current.end_date == today.day,
            ran_yesterday=current is not None,
            yesterday_is_known=today.stood_on is None,
        )
        if state == "unknown":
            current = streaks.get("stood")
        needed = 0.0
        if state != "done_today" and km:
            needed = max(0.0, km - self._figures(today.day, today.day)["distance_km"])
        longest = streaks.get("longest")
        stand = StreakAnswer(
            data_as_of=self.data_as_of,
            today=today.day,
            minimum_km=km,
            state=state,
            current=current,
            as_of=today.stood_on if state == "unknown" and today.stood_on else today.day,
            needed_today_km=needed,
            seconds_left_today=today.seconds_left,
            longest=longest,
            previous=None,
            waiting=self._find_waiting_days(today, state, current, longest),
            timezone=today.place.name,
            timezone_is_set=today.place.is_set,
        )
        return stand, streaks.get("previous")

    def _explain_end(self, streak: Streak | None, minimum: str | None) -> EndedStreak | None:
        if streak is None:
            return None
        day = self.day(streak.end_date + _DAY, minimum=minimum)
        return EndedStreak(**streak.model_dump(), ended_by=day.date, reason=day.reason)

    def _find_waiting_days(self, today: Today, state: State, *streaks: Streak | None) -> list[date]:
        """Days that are no run days but have a run waiting in quarantine, which may extend or join a streak."""
        beside = {today.day - _DAY, today.day} if state != "done_today" else set[date]()
        for streak in filter(None, streaks):
            beside |= {streak.start_date - _DAY, streak.end_date + _DAY}
        within = {
            day
            for streak in filter(None, streaks)
            for day in beside
            if streak.start_date <= day <= streak.end_date
        }
        existing = {day for day in beside - within if today.until is None or day <= today.until}
        return sorted(self._count_waiting(existing))

    def _build_streak(self, row: dict[str, Any]) -> Streak:
        """A streak with the sums of the days that it shows."""
        if row.pop("is_cut"):
            figures = self._figures(row["start_date"], row["end_date"])
            row |= {name: figures[name] for name in ("runs", "distance_km")}
        return Streak(**row)

    def streaks(
        self,
        *,
        minimum: str | None = None,
        sort: ListOrder = "longest",
        limit: int | None = 100,
        cursor: str | None = None,
    ) -> Streaks:
        """All streaks: longest first, the newest of equals first, or newest first."""
        check_choice("sort", sort, get_args(ListOrder))
        kind = "streaks" if sort == "longest" else "streaks newest"
        length_days, start_date = read_cursor(cursor, kind, (int, str))
        today = self._today()
        rows = self._ask(
            self._statement("streaks"),
            minimum_km=self._minimum_km(minimum),
            today=today.day,
            stood_on=today.stood_on,
            unknown_from=today.unknown_from,
            by_length=sort == "longest",
            length_days=length_days,
            start_date=parse_day(start_date),
            rows=look_ahead(limit),
        )
        items, next_cursor = cut_page(rows, limit, kind, ("length_days", "start_date"))
        return Streaks(data_as_of=self.data_as_of, items=items, next_cursor=next_cursor)

    def day(self, day: date, *, minimum: str | None = None) -> Day:
        """The runs of a day, and why it counts or does not."""
        [explained] = self.explain_days(day, day, minimum=minimum)
        return explained

    def explain_days(self, first: date, last: date, *, minimum: str | None = None) -> list[Day]:
        """Each day of a range: its runs, and why it counts or does not."""
        km = self._minimum_km(minimum)
        # One row per activity of the days, deleted ones too, in their order.
        query = """
            SELECT start_date, activity_id, strftime(start_local, '%Y-%m-%dT%H:%M:%S') AS start_local, distance_km,
                duration_s, activity_type, deleted_at IS NULL AS lives,
                counts_as(activity_type, activity_types()) AS is_counted_type
            FROM activities
            WHERE start_date BETWEEN CAST($first_day AS DATE) AND CAST($last_day AS DATE)
            ORDER BY activities.start_local, activity_id
        """
        runs: dict[date, list[dict[str, Any]]] = {}
        for run in self._ask(query, first_day=first, last_day=last):
            runs.setdefault(run.pop("start_date"), []).append(run)
        figures = self._days(first, last, km)
        waiting = self._count_waiting([day["date"] for day in figures])
        return [
            self._explain_day(day, runs.get(day["date"], []), waiting.get(day["date"], 0), km)
            for day in figures
        ]

    def _explain_day(
        self, figures: dict[str, Any], runs: list[dict[str, Any]], waiting: int, minimum_km: float
    ) -> Day:
        others: list[str] = []
        for run in runs:
            lives, is_counted_type = run.pop("lives"), run.pop("is_counted_type")
            is_long_enough = minimum_km == 0 or (run["distance_km"] or 0) > 0
            run["counts"] = lives and is_counted_type and is_long_enough
            if lives and not is_counted_type:
                others.append(name_activity(run["activity_type"], run["distance_km"], self._settings.units))
        facts = DayFacts(
            runs=figures["runs"],
            deleted=len(runs) - figures["runs"] - len(others),
            others=others,
            waiting=waiting,
            distance_km=figures["distance_km"],
            minimum_km=minimum_km,
        )
        return Day(
            data_as_of=self.data_as_of,
            date=figures["date"],
            runs=[RunOfDay(**run) for run in runs],
            distance_km=facts.distance_km,
            is_run_day=figures["is_run_day"],
            state=figures["state"],
            waiting=waiting,
            reason=explain_day(
                facts,
                figures["state"],
                counted_types=self._settings.activity_types,
                data_as_of=self.data_as_of,
                units=self._settings.units,
            ),
        )

    def days(
        self, *, since: date | None = None, until: date | None = None, minimum: str | None = None
    ) -> DaySeries:
        """Every day of a range: the last 365 up to today unless given."""
        first, last = choose_range(since, until, self._today().day)
        items = self._days(first, last, self._minimum_km(minimum))
        return DaySeries(data_as_of=self.data_as_of, **{"from": first}, to=last, items=items)

    def calendar(self, year: int, *, minimum: str | None = None) -> Calendar:
        """Every day of a year."""
        check_year(year)
        first, last, km = date(year, 1, 1), date(year, 12, 31), self._minimum_km(minimum)
        days = self._days(first, last, km)
        for day in days:
            del day["duration_s"], day["pace_s_per_km"]
        gaps = self._find_stretches(km, Grid(), first, last).gaps
        return Calendar(
            data_as_of=self.data_as_of,
            year=year,
            days=days,
            missed=sum(gap.length for gap in gaps),
            days_off=[describe_span(gap) for gap in gaps],
        )

    def _days(self, first: date, last: date, minimum_km: float) -> list[Any]:
        return self._ask(
            self._statement("days"),
            first_day=first,
            last_day=last,
            minimum_km=minimum_km,
            unknown_from=self._today().unknown_from,
        )

    def layers(self, *, as_of: date | None = None) -> Layers:
        """The state of each of the runner's own streaks."""
        from myrunstreak.analytics.layers.models import Layers
        from myrunstreak.analytics.layers.states import compute_states

        today = self._today(as_of)
        items = compute_states(
            self._database,
            definitions=self._read_definitions(),
            today=today.day,
            seconds_left_today=today.seconds_left,
            unknown_from=today.unknown_from,
            stood_on=today.stood_on,
            week_start=self._settings.week_start,
        )
        return Layers(
            data_as_of=self.data_as_of,
            timezone=today.place.name,
            timezone_is_set=today.place.is_set,
            items=items,
        )

    def explain_layers(self, day: date) -> LayerExplanations:
        """The verdict of every layered streak on the period around a day, run by run."""
        from myrunstreak.analytics.layers.explanations import explain_layers
        from myrunstreak.analytics.layers.models import LayerExplanations

        today = self._today()
        items = explain_layers(
            self._database,
            definitions=self._read_definitions(),
            day=day,
            today=today.day,
            unknown_from=today.unknown_from,
            week_start=self._settings.week_start,
            units=self._settings.units,
        )
        return LayerExplanations(data_as_of=self.data_as_of, items=items)

    @property
    def has_own_layers(self) -> bool:
        """Whether the runner has defined streaks of their own."""
        return self._definitions is not None

    def _read_definitions(self) -> Definitions:
        from myrunstreak.analytics.layers.definitions import Definitions

        if self._definitions is None:
            return Definitions.default(self._settings.streak_min_distance)
        return Definitions.parse(self._definitions, DEFINITIONS_NAME)

"""Answers the questions about days and streaks: how long, whether it is safe, what counted and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from myrunstreak.analytics.answers import (
    Calendar,
    Day,
    ListedStreak,
    State,
    Status,
    Streak,
    StreakAnswer,
    Streaks,
)
from myrunstreak.analytics.asking import Asking
from myrunstreak.analytics.cursors import make_cursor, read_cursor
from myrunstreak.analytics.parameters import check_year, day_of_cursor, page_of
from myrunstreak.analytics.reasons import reason_of
from myrunstreak.contract.freshness import LATE_AFTER
from myrunstreak.contract.layout import DEFINITIONS_NAME

if TYPE_CHECKING:
    from myrunstreak.analytics.definitions import Definitions
    from myrunstreak.analytics.layers import LayerExplanations, Layers


class StreakAnswers(Asking):
    """The answers about days and streaks."""

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

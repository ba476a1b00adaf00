"""Reminders of streaks that allow a rest: none where one is left, one where none is; an oracle knows the rule alone."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

import duckdb
import pytest
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.reminder import write_reminder
from myrunstreak.messages.slots import find_slot
from myrunstreak.messages.view import View
from myrunstreak.page.numbers import find_layers
from myrunstreak.page.questions import PageEngine

from tests.application.messages.english import assert_english
from tests.stage.databases import new_database
from tests.stage.runs import Stored, put

DEFINITIONS: Final = '[[streak]]\nname = "days with rest"\npreset = "any-day-with-rest"\n'
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """Days with a run up to an evening on which there was none yet, or was."""

    today: date
    run_days: frozenset[date]

    @property
    def now(self) -> datetime:
        """Half past six."""
        return datetime.combine(self.today, datetime.min.time(), UTC) + timedelta(hours=18, minutes=30)


@cache
def weeks() -> list[Week]:
    """Six weeks each, most days with a run."""
    chance = random.Random(7)
    made: list[Week] = []
    for number in range(300):
        today = date(2026, 3, 1) + chance.randint(0, 60) * _DAY
        if number % 3 == 1:  # a week's rest begins anew on Mondays
            today -= today.weekday() * _DAY
        keeps = chance.choice([0.95, 0.85, 0.7])
        days = {
            today - back * _DAY
            for back in range(chance.choice([1, 1, 2, 2, 3]), 42)
            if chance.random() < keeps
        }
        made.append(Week(today, frozenset(days | ({today} if number % 6 == 0 else set()))))
    return made


def expected(week: Week) -> str:
    """done, open (the streak of days), rest, last (the streak with rests ends tonight), or nothing."""
    if week.today in week.run_days:
        return "done"
    if week.today - _DAY in week.run_days:
        return "open"
    alive, missed = False, Counter[tuple[int, int]]()
    day = min(week.run_days, default=week.today)
    while day < week.today:
        if day in week.run_days:
            alive = True
        else:  # each week forgives the first day without a run, and only that one
            missed[day.isocalendar()[:2]] += 1
            alive = alive and missed[day.isocalendar()[:2]] == 1
        day += _DAY
    if not alive:
        return "nothing"
    return "rest" if missed[week.today.isocalendar()[:2]] == 0 else "last"


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """One database for all weeks."""
    return new_database()


def write(
    database: duckdb.DuckDBPyConnection,
    week: Week,
    *,
    seen: datetime | None = None,
    definitions: str = DEFINITIONS,
) -> Message | Silence:
    """The reminder of the evening."""
    database.execute("DELETE FROM activities")
    runs = [
        Stored(day.toordinal(), datetime.fromisoformat(f"{day}T07:12:00")) for day in sorted(week.run_days)
    ]
    put(runs, database)
    settings = Settings(runner_timezone="UTC")
    freshness = Freshness(data_as_of=seen or week.now, last_success_at=seen or week.now)
    engine = PageEngine(
        database, now=week.now, settings=settings, freshness=freshness, definitions=definitions
    )
    layers, problem = find_layers(engine)
    assert "" == problem
    view = View(engine.facts("v"), week.now, is_seen=seen is None, layers=layers)
    return write_reminder(view, find_slot(week.now, UTC))


def test_the_table_has_every_outcome() -> None:
    """A table that misses one proves nothing about it."""
    counts = Counter(map(expected, weeks()))
    assert all(counts[outcome] >= 10 for outcome in ("done", "open", "rest", "last", "nothing")), counts


@pytest.mark.parametrize("week", weeks(), ids=lambda one: str(one.today))
def test_a_rest_is_no_reason_for_a_reminder_and_the_last_one_is(
    database: duckdb.DuckDBPyConnection, week: Week
) -> None:
    """The streak of days is reminded of as ever; where it is over, the one with rests on the evening it would end."""
    said, outcome = write(database, week), expected(week)
    if outcome in {"done", "rest", "nothing"}:
        assert isinstance(said, Silence), said.whole
        reasons = {
            "done": "today is done",
            "rest": "today may be a rest",
            "nothing": "there is no streak to lose",
        }
        assert reasons[outcome] == said.why
        return
    assert isinstance(said, Message), said.why
    assert "at_risk" == said.state
    assert_english(said.whole)
    assert ("days with rest: today is still open" == said.title) == (outcome == "last")
    assert "days with rest: " in said.text


def test_what_cannot_be_seen_is_said_of_a_streak_with_rests_too(database: duckdb.DuckDBPyConnection) -> None:
    """The streak of days is over; the other one may end tonight."""
    week = next(one for one in weeks() if expected(one) == "last")
    said = write(database, week, seen=week.now - timedelta(hours=3))
    assert isinstance(said, Message)
    assert ("unknown", "I cannot see Smashrun: days with rest may still be open") == (said.state, said.title)
    assert "I last saw it at 15:30: you had not run today by then." in said.text
    assert_english(said.whole)


def test_a_week_that_is_not_enough_is_told_on_its_last_evening(database: duckdb.DuckDBPyConnection) -> None:
    """Days before there is time; the streak of days is over all the while."""
    definitions = '[[streak]]\nname = "a long week"\nperiod = "week"\ndistance = "20 km"\n'
    monday = date(2026, 3, 16)
    ran = frozenset(monday - back * _DAY for back in range(22))
    said = [write(database, Week(monday + day * _DAY, ran), definitions=definitions) for day in range(2, 7)]
    assert [False, False, False, False, True] == [isinstance(one, Message) for one in said]
    last = said[-1]
    assert isinstance(last, Message)
    assert "a long week: this week is still open" == last.title
    assert "a long week: 3 weeks · 15.0 km to go today" in last.text
    assert_english(last.whole)

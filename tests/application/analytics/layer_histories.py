"""Runners' histories and their layered streaks, made from a seed, and how both sides count them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import duckdb
import pytest
from myrunstreak.analytics.layers.definitions import Definitions
from myrunstreak.analytics.layers.explanations import explain_layers
from myrunstreak.analytics.layers.models import LayerState
from myrunstreak.analytics.layers.states import compute_states
from myrunstreak.analytics.layers.streaks import find_layers

from tests.application.analytics.layer_oracle import expected
from tests.stage.layer_runs import Run, insert
from tests.stage.runs import opened

WeekStart = Literal["monday", "sunday"]
MILE = 1.60934
MINIMA = {"any-day": 0.0, "1k-a-day": 1.0, "mile-a-day": 1.60934, "5k-a-day": 5.0}

_REST = {
    "day": [("week", 1, 2), ("month", 1, 6), ("year", 1, 20)],
    "week": [("month", 1, 2), ("year", 1, 6)],
    "month": [("year", 1, 4)],
}


@dataclass(frozen=True)
class History:
    """A runner, the streaks that they count, and a day on which they ask."""

    text: str
    runs: Sequence[Run]
    today: date
    week_start: WeekStart


def history(chance: random.Random) -> History:
    """A history in which every rule has something to do: days before and after new year, months of any length."""
    long = chance.random() < 0.3
    today = date(chance.choice([2020, 2021, 2024, 2025]), 1, 1) + timedelta(days=chance.randint(-60, 90))
    days = chance.randint(120, 420) if long else chance.randint(1, 75)
    text = "\n".join(_definition(chance, number, long=long) for number in range(chance.randint(1, 3)))
    return History(text, runs_of(chance, today, days), today, chance.choice(["monday", "sunday"]))


def runs_of(chance: random.Random, today: date, days: int) -> list[Run]:
    """Runs on most days up to today, some double, deleted, without distance or dated after today."""
    keen = chance.choice([0.5, 0.8, 0.93, 0.99])
    runs: list[Run] = []
    for ago in range(-3, days):
        if ago < 0 and chance.random() < 0.7:
            continue
        while chance.random() < keen:
            clock = timedelta(hours=chance.choice([0, 5, 6, 7, 18, 23]), minutes=chance.choice([0, 30, 59]))
            start = datetime(today.year, today.month, today.day) - timedelta(days=ago) + clock  # noqa: DTZ001
            km = chance.choice([None, 0.0, 0.1, 0.7, MILE / 2, 1.0, MILE, MILE, 3.0, 5.0, 5 * MILE, 12.3])
            seconds = chance.choice([None, 0.0, 600.0, 1799.5, 1800.0, 3600.0])
            runs.append(Run(len(runs) + 1, start, km, seconds, deleted=chance.random() < 0.05))
            if chance.random() < 0.6:
                break
    chance.shuffle(runs)
    return runs


def _definition(chance: random.Random, number: int, *, long: bool) -> str:
    period = chance.choice(["day", "day", "week", "month"] if long else ["day", "day", "week"])
    many = {"day": 1, "week": 4, "month": 12}[period]
    lines = [f'[[streak]]\nname = "{number}"\nperiod = "{period}"']
    if number and chance.random() < 0.85:
        lines.append(f'inside = "{chance.randrange(number)}"')
    if chance.random() < 0.5:
        lines.append(f'distance = "{chance.choice([1, 0.8, 2, 5]) * many:g} {chance.choice(["km", "mi"])}"')
    if chance.random() < 0.2:
        lines.append(f"runs = {chance.randint(1, many + 1)}")
    if period != "day" and chance.random() < 0.3:
        lines.append(f"days = {chance.randint(1, many + 1)}")
    if chance.random() < 0.2:
        lines.append(f'duration = "{chance.choice([10, 30]) * many} min"')
    each = [
        ('distance = "1 mi"', 0.2),
        ('duration = "30 min"', 0.1),
        (f'start_before = "{chance.choice(["07:00", "18:30", "23:59"])}"', 0.2),
        (f'start_from = "{chance.choice(["00:00", "06:00"])}"', 0.1),
    ]
    if chosen := [key for key, odds in each if chance.random() < odds]:
        lines.append(f"each = {{ {', '.join(chosen)} }}")
    if chance.random() < 0.5:
        per, least, most = chance.choice(_REST[period])
        lines.append(f'rest = {{ {period}s = {chance.randint(least, most)}, per = "{per}" }}')
    return "\n".join(lines)


class Bench:
    """One database in memory that holds one history after the other."""

    def __init__(self) -> None:
        self.connection: duckdb.DuckDBPyConnection = opened()
        self.connection.execute("SET threads = 1")

    def fill(self, runs: Sequence[Run]) -> None:
        """Hold these runs and no others."""
        self.connection.execute("DELETE FROM activities")
        insert(self.connection, runs)


def check(bench: Bench, case: History, chance: random.Random) -> None:
    """Engine and oracle agree on all streaks, on the running period, and on a day by chance."""
    bench.fill(case.runs)
    definitions = Definitions.parse(case.text, "test")
    right = expected(definitions, case.runs, case.today, case.week_start)
    about = {"definitions": definitions, "today": case.today, "week_start": case.week_start}
    found = find_layers(bench.connection, day=case.today, **about)
    for name, layer in found.items():
        ours = [
            (s.start_date, s.end_date, s.length, s.rest_used, s.runs, round(s.distance_km, 6))
            for s in layer.streaks
        ]
        theirs = [
            (s.first, s.last, s.length, s.rest_used, s.runs, round(s.km, 6)) for s in right[name].streaks
        ]
        assert theirs == ours, name
    for state in compute_states(bench.connection, seconds_left_today=3600, **about):
        answer = right[state.name]
        assert answer.state(case.today) == state.state
        running = answer.stretch_of(case.today)
        assert (running is None) == (state.period is None)
        if running is not None and state.period is not None:
            assert (running.days[0], running.whole[-1]) == (state.period.start_date, state.period.end_date)
            assert len(running.runs) == state.period.runs
            assert len({run.start.date() for run in running.runs}) == state.period.days
            assert (running.whole[-1] - case.today).days + 1 == state.period.days_left
            assert max(0, answer.worlds[-1].rest_left) == state.period.rest_left
        longest = max(answer.streaks, key=lambda one: (one.length, one.first), default=None)
        assert (longest and longest.first) == (state.longest and state.longest.start_date)
        lives = [one.first for one in answer.streaks if one.lives]
        assert lives == ([state.current.start_date] if state.current else [])
    day = case.today - timedelta(days=int(80 * chance.random() ** 2))
    for said in explain_layers(bench.connection, day=day, **about):
        stretch = right[said.name].stretch_of(day)
        assert (stretch.verdict if stretch else "outside") == said.verdict, said
        counting = {run.number for run in stretch.runs} if stretch else set()
        assert counting == {run.activity_id for run in said.runs if run.counts}, said


def run(day: str, km: float = 5.0, at: str = "08:00", seconds: float = 1800.0) -> Run:
    """A run on a day; its number is made of the day."""
    return Run(int(day.replace("-", "")), datetime.fromisoformat(f"{day}T{at}"), km, seconds)


def every(month: str, *days: int, km: float = 5.0) -> list[Run]:
    """A run on each of these days of a month."""
    return [run(f"{month}-{day:02}", km) for day in days]


def ask(bench: Bench, text: str, runs: list[Run], today: str, week_start: str = "monday") -> list[LayerState]:
    """The layers of these runs, an hour before midnight."""
    bench.fill(runs)
    return compute_states(
        bench.connection,
        definitions=Definitions.parse(text, "test"),
        today=date.fromisoformat(today),
        seconds_left_today=3600,
        week_start=week_start,  # type: ignore[arg-type]
    )


def check_day_streaks(bench: Bench, chance: random.Random) -> None:
    """Every preset of plain days is the schema's own streak of days, runs and km included."""
    today = date(2025, 1, 1)
    bench.fill([one for one in runs_of(chance, today, chance.randint(1, 150)) if one.start.date() <= today])
    for preset, minimum in MINIMA.items():
        definitions = Definitions.parse(f'[[streak]]\nname = "x"\npreset = "{preset}"', "test")
        found = find_layers(
            bench.connection, definitions=definitions, today=today, day=today, week_start="monday"
        )
        streaks = found["x"].streaks
        theirs = bench.connection.execute(
            "SELECT start_date, end_date, length_days, runs, distance_km FROM streaks_of(?) ORDER BY 1",
            [minimum],
        ).fetchall()
        assert [row[:4] for row in theirs] == [(s.start_date, s.end_date, s.length, s.runs) for s in streaks]
        assert [row[4] for row in theirs] == pytest.approx([s.distance_km for s in streaks])

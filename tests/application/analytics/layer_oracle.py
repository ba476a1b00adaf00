"""Layered streaks counted slowly, day by day: written from the rules in docs/streak-definitions.md alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import fsum

from myrunstreak.analytics.layers.definitions import Definition, Definitions

from tests.stage.layer_runs import Run

DAY = timedelta(days=1)
NEARLY = 1e-9


@dataclass
class Stretch:
    """A period in a world: its days there, and the runs that count."""

    days: list[date]
    whole: list[date]
    runs: list[Run] = field(default_factory=list[Run])
    qualifies: bool = False
    verdict: str = "missed"


@dataclass(frozen=True)
class Found:
    """A streak."""

    first: date
    last: date
    length: int
    rest_used: int
    runs: int
    km: float
    lives: bool


@dataclass
class World:
    """Days within which a definition is counted."""

    first: date
    last: date
    goes_on: bool
    stretches: list[Stretch] = field(default_factory=list[Stretch])
    rest_left: int = 0


@dataclass
class Answer:
    """A definition's worlds and streaks."""

    worlds: list[World]
    streaks: list[Found]

    def stretch_of(self, day: date) -> Stretch | None:
        """The period around a day, where a world has it."""
        for world in self.worlds:
            if world.first <= day <= world.last:
                return next((one for one in world.stretches if day in one.whole), Stretch([], []))
        return None

    def state(self, today: date) -> str:
        """The state of the running period."""
        if not self.streaks or not self.streaks[-1].lives:
            return "broken"
        world = self.worlds[-1]
        if world.stretches[-1].qualifies:
            return "done"
        return "resting" if world.rest_left > 0 else "at_risk"


def expected(
    definitions: Definitions, runs: Sequence[Run], today: date, week_start: str
) -> dict[str, Answer]:
    """What every definition comes to."""
    live = [run for run in runs if not run.deleted and run.start.date() <= today]
    answers: dict[str, Answer] = {}

    def solve(definition: Definition) -> Answer:
        if definition.name in answers:
            return answers[definition.name]
        # Long enough before the first run, and before any day that a test asks about.
        dawn = min([today - 100 * DAY, *(run.start.date() for run in live)]) - 40 * DAY
        worlds = [World(dawn, today, goes_on=True)]
        if definition.inside:
            parent = solve(next(one for one in definitions.items if one.name == definition.inside))
            worlds = [World(one.first, today if one.lives else one.last, one.lives) for one in parent.streaks]
        streaks = [streak for world in worlds for streak in streaks_in(world, definition, live, week_start)]
        answers[definition.name] = Answer(worlds, streaks)
        return answers[definition.name]

    for definition in definitions.items:
        solve(definition)
    return answers


def period_days(day: date, period: str, week_start: str) -> list[date]:
    """All days of the period around a day, by walking both ways."""

    def same(other: date) -> bool:
        if period == "day":
            return other == day
        if period == "month":
            return (other.year, other.month) == (day.year, day.month)
        return week_of(other, week_start) == week_of(day, week_start)

    first = last = day
    while same(first - DAY):
        first -= DAY
    while same(last + DAY):
        last += DAY
    return [first + number * DAY for number in range((last - first).days + 1)]


def week_of(day: date, week_start: str) -> date:
    """The first day of a day's week."""
    wanted = 6 if week_start == "sunday" else 0
    while day.weekday() != wanted:
        day -= DAY
    return day


def counts(run: Run, definition: Definition) -> bool:
    """Whether a run counts."""
    each, clock = definition.each, run.start.time()
    return not (
        (each.distance and (run.km or 0) < each.distance.value - NEARLY)
        or (each.duration and (run.seconds or 0) < each.duration.value - NEARLY)
        or (each.start_from and clock < each.start_from)
        or (each.start_before and clock >= each.start_before)
    )


def enough(runs: Sequence[Run], definition: Definition) -> bool:
    """Whether the counting runs of a period make it qualify."""
    km = fsum(run.km or 0 for run in runs)
    seconds = fsum(run.seconds or 0 for run in runs)
    return (
        len(runs) >= max(1, definition.runs)
        and len({run.start.date() for run in runs}) >= definition.days
        and (definition.distance is None or km >= definition.distance.value - NEARLY)
        and (definition.duration is None or seconds >= definition.duration.value - NEARLY)
    )


def streaks_in(world: World, definition: Definition, runs: Sequence[Run], week_start: str) -> list[Found]:
    """The streaks of a world, by going through its periods one after the other."""
    day = world.first
    while day <= world.last:
        whole = period_days(day, definition.period, week_start)
        days = [one for one in whole if world.first <= one <= world.last]
        counting = [run for run in runs if run.start.date() in days and counts(run, definition)]
        world.stretches.append(Stretch(days, whole, counting, enough(counting, definition)))
        day = days[-1] + DAY

    allowed = definition.rest.periods if definition.rest else 0
    per = definition.rest.per if definition.rest else "year"
    misses: dict[object, int] = {}
    streaks: list[list[Stretch]] = []
    streak: list[Stretch] = []  # with the forgiven periods behind it
    begun = False
    for stretch in world.stretches:
        first = stretch.whole[0]
        budget = {"week": week_of(first, week_start), "month": (first.year, first.month), "year": first.year}[
            per
        ]
        running = world.goes_on and stretch is world.stretches[-1]
        world.rest_left = allowed - misses.get(budget, 0)
        if stretch.qualifies:
            begun = True
            stretch.verdict = "qualifies"
            streak.append(stretch)
        elif running:
            stretch.verdict = "open"
        elif begun:
            misses[budget] = misses.get(budget, 0) + 1
            if misses[budget] > allowed:
                streaks += [streak] if streak else []
                streak = []
            elif streak:
                stretch.verdict = "rest"
                streak.append(stretch)
    streaks += [streak] if streak else []
    return [found(one, lives=world.goes_on and one is streak) for one in streaks]


def found(stretches: list[Stretch], *, lives: bool) -> Found:
    """A streak, from its first to its last period that qualifies."""
    while not stretches[-1].qualifies:
        stretches = stretches[:-1]
    good = [one for one in stretches if one.qualifies]
    runs = [run for one in good for run in one.runs]
    return Found(
        first=stretches[0].days[0],
        last=stretches[-1].days[-1],
        length=len(stretches),
        rest_used=len(stretches) - len(good),
        runs=len(runs),
        km=fsum(run.km or 0 for run in runs),
        lives=lives,
    )

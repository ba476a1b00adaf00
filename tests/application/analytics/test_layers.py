"""Layered streaks: against the slow oracle, against the day streak of the schema, and rule by rule."""

from __future__ import annotations

import random
from datetime import date

import pytest
from myrunstreak.analytics.layers.definitions import Definitions
from myrunstreak.analytics.layers.explanations import explain_layers
from myrunstreak.analytics.layers.models import LayerState
from myrunstreak.analytics.layers.states import compute_states
from myrunstreak.errors import InvalidQuestion

from tests.application.analytics.layer_histories import (
    Bench,
    ask,
    check,
    check_day_streaks,
    every,
    history,
    run,
)

HISTORIES = 30
PARTS = 2


@pytest.fixture(scope="module")
def bench() -> Bench:
    """One database for every history."""
    return Bench()


def length(state: LayerState) -> int:
    """Periods of the living streak."""
    return state.current.length if state.current else 0


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_comes_to_what_counting_by_hand_comes_to(part: int, bench: Bench) -> None:
    """Nested, with rest, over new year, in months of any length, with runs dated after today."""
    for number in range(part, HISTORIES, PARTS):
        chance = random.Random(f"layers:{number}")
        check(bench, history(chance), chance)


def test_plain_days_are_the_day_streak(bench: Bench) -> None:
    """There is one definition of the streak: the engine of the layers comes to the schema's."""
    for number in range(10):
        check_day_streaks(bench, random.Random(f"days:{number}"))


REST = '[[streak]]\nname = "x"\npreset = "any-day-with-rest"'


def test_a_week_forgives_one_day_and_not_two(bench: Bench) -> None:
    """Monday the 4th is forgiven; of the next week the second day missed breaks the streak."""
    runs = every("2026-05", 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 14)
    [state] = ask(bench, REST, runs, "2026-05-14")
    assert ("done", 1) == (state.state, length(state))
    assert state.longest is not None
    assert (date(2026, 5, 1), date(2026, 5, 12), 12, 2) == (
        state.longest.start_date,
        state.longest.end_date,
        state.longest.length,
        state.longest.rest_used,
    )


def test_days_missed_before_the_first_run_ever_spend_no_rest(bench: Bench) -> None:
    """Who begins on a Wednesday has that week's day of rest still."""
    [state] = ask(bench, REST, every("2026-05", 6, 7, 9), "2026-05-09")
    assert ("done", 4, 0) == (state.state, length(state), state.period and state.period.rest_left)


def test_an_open_day_rests_while_there_is_rest_and_is_at_risk_without(bench: Bench) -> None:
    """What missing today would do decides the state."""
    [rested] = ask(bench, REST, every("2026-05", 4, 5, 6), "2026-05-07")
    assert ("resting", 3) == (rested.state, length(rested))
    [tight] = ask(bench, REST, every("2026-05", 4, 6), "2026-05-07")
    assert ("at_risk", 3) == (tight.state, length(tight))
    assert tight.period is not None
    assert (1, 3600, 1) == (tight.period.missing.runs, tight.period.seconds_left, tight.period.days_left)


def test_a_forgiven_yesterday_keeps_the_streak_alive(bench: Bench) -> None:
    """The streak's last day is the last that qualifies; forgiven days behind it count once it goes on."""
    [state] = ask(bench, REST, every("2026-05", 4, 5), "2026-05-07")
    assert state.current is not None
    assert ("at_risk", 2, date(2026, 5, 5)) == (state.state, length(state), state.current.end_date)
    [state] = ask(bench, REST, every("2026-05", 4, 5, 7), "2026-05-07")
    assert ("done", 4) == (state.state, length(state))


NESTED = """
[[streak]]
name = "days"
preset = "any-day"
[[streak]]
name = "months"
inside = "days"
period = "month"
distance = "50 km"
"""


def test_an_inner_streak_counts_only_the_days_of_the_outer_one(bench: Bench) -> None:
    """The kilometres before the day missed are lost to this month, and the inner streak ends with the outer one."""
    april, may = every("2026-04", *range(1, 31)), every("2026-05", *range(1, 11), *range(12, 21))
    outer, inner = ask(bench, NESTED, april + may, "2026-05-20")
    assert ("done", 9) == (outer.state, length(outer))
    assert ("broken", 0, None) == (inner.state, length(inner), inner.current)
    assert inner.period is not None
    assert (9, date(2026, 5, 12)) == (inner.period.runs, inner.period.start_date)
    assert 5.0 == pytest.approx(inner.period.missing.distance_km)
    assert inner.longest is not None
    assert (2, date(2026, 5, 10)) == (inner.longest.length, inner.longest.end_date)


def test_each_outer_streak_has_rest_of_its_own(bench: Bench) -> None:
    """Tuesday and Saturday are short, on Thursday the outer streak breaks: the week forgives one day in each."""
    text = """
    [[streak]]
    name = "days"
    preset = "any-day"
    [[streak]]
    name = "miles"
    inside = "days"
    preset = "mile-a-day-with-rest"
    """
    runs = every("2026-05", 4, 6, 8, 10) + every("2026-05", 5, 9, km=1.0)
    _, miles = ask(bench, text, runs, "2026-05-10")
    assert miles.current is not None
    assert (date(2026, 5, 8), 3, 1) == (
        miles.current.start_date,
        miles.current.length,
        miles.current.rest_used,
    )


def test_without_an_outer_streak_there_is_no_inner_period(bench: Bench) -> None:
    """What the runner lacks then is a run that begins the outer streak."""
    _, inner = ask(bench, NESTED, every("2026-05", *range(1, 11)), "2026-05-20")
    assert ("broken", None) == (inner.state, inner.period)


def test_the_order_in_the_file_does_not_matter(bench: Bench) -> None:
    """An inner streak may stand before the one around it; the answer keeps the file's order."""
    first, second = (f"[[streak]]{one}" for one in NESTED.split("[[streak]]")[1:])
    runs = every("2026-05", *range(1, 21))
    swapped = ask(bench, second + first, runs, "2026-05-20")
    assert swapped == ask(bench, first + second, runs, "2026-05-20")[::-1]


def test_weeks_begin_where_the_runner_has_them_begin(bench: Bench) -> None:
    """A run on Sunday and one on the Monday before: one week's or two weeks', over new year too."""
    text = '[[streak]]\nname = "x"\nperiod = "week"\nruns = 2'
    runs = [run("2024-12-30"), run("2025-01-05")]
    [monday] = ask(bench, text, runs, "2025-01-05", "monday")
    [sunday] = ask(bench, text, runs, "2025-01-05", "sunday")
    assert ("done", 1) == (monday.state, length(monday))
    assert ("broken", 0) == (sunday.state, length(sunday))


def test_only_runs_that_pass_every_condition_count(bench: Bench) -> None:
    """A run at the hour itself is not before it, one of exactly the distance is long enough."""
    text = '[[streak]]\nname = "x"\neach = { distance = "1 mi", start_before = "07:00", duration = "30 min" }'
    runs = [
        run("2026-05-01", 1.60934, "06:59"),
        run("2026-05-02", 1.60933, "06:00"),
        run("2026-05-03", 5.0, "07:00"),
        run("2026-05-04", 5.0, "06:00", 1799.5),
    ]
    bench.fill(runs)
    definitions = Definitions.parse(text, "test")
    reasons: list[str] = []
    for day in range(1, 5):
        [said] = explain_layers(
            bench.connection, definitions=definitions, day=date(2026, 5, day), today=date(2026, 5, 5)
        )
        assert ("qualifies" if day == 1 else "missed") == said.verdict
        reasons += [one.reason for one in said.runs]
    assert [
        "counts",
        "does not count: 1.60933 km are less than 1 mi",
        "does not count: it started at 07:00, not before 07:00",
        "does not count: 29:59 is less than 30 min",
    ] == reasons


def test_an_explanation_says_what_came_together_and_what_lacks(bench: Bench) -> None:
    """The period, its figures, the verdict; outside of the outer streak there is nothing to explain."""
    bench.fill(every("2026-05", *range(1, 4)))
    about = {"definitions": Definitions.parse(NESTED, "test"), "today": date(2026, 5, 10)}
    _, inner = explain_layers(bench.connection, day=date(2026, 5, 2), **about)
    assert (
        "2026-05-01 to 2026-05-03: 3 of 3 runs count, on 3 days, 15 km in 1:30:00. It does not qualify: 35 km missing."
        == inner.reason
    )
    outer, inner = explain_layers(bench.connection, day=date(2026, 5, 5), **about)
    assert ("missed", "outside", "No streak of days covers this day.") == (
        outer.verdict,
        inner.verdict,
        inner.reason,
    )


def test_a_day_to_come_has_no_explanation(bench: Bench) -> None:
    """Nor has a question about a year that no record has."""
    definitions = Definitions.parse(NESTED, "test")
    with pytest.raises(InvalidQuestion, match="still to come"):
        explain_layers(
            bench.connection, definitions=definitions, day=date(2026, 5, 11), today=date(2026, 5, 10)
        )
    for today in (date.min, date.max):
        with pytest.raises(InvalidQuestion, match="in no year of the record"):
            compute_states(bench.connection, definitions=definitions, today=today, seconds_left_today=0)


def test_an_empty_record_has_only_broken_streaks(bench: Bench) -> None:
    """And says what would begin one."""
    outer, inner = ask(bench, NESTED, [], "2026-05-20")
    assert ("broken", None, None, "broken", None) == (
        outer.state,
        outer.current,
        outer.longest,
        inner.state,
        inner.period,
    )
    assert outer.period is not None
    assert 1 == outer.period.missing.runs

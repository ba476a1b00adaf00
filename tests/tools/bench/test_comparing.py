"""How figures of rounds become ratios with a spread, and goals that are met or missed."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.goals import goals
from scripts.bench.processes import alternately, medians, ratio, spread
from scripts.bench.sheets import goals_sheet


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """Each round meets its own noise, so its two sides are compared with each other."""
    theirs = [{"seconds": 10.0}, {"seconds": 90.0}, {"seconds": 30.0}]
    ours = [{"seconds": 5.0}, {"seconds": 10.0}, {"seconds": 10.0}]
    assert {"median": 3.0, "least": 2.0, "greatest": 9.0} == ratio(theirs, ours)
    assert {"median": 4.0, "least": 4.0, "greatest": 4.0} == spread([4.0])
    assert {"seconds": 10.0} == medians(ours)


def test_sides_take_turns_and_a_first_round_is_not_counted() -> None:
    """Three rounds counted are four made, ours and theirs one after the other."""
    order = list[str]()

    def side(name: str) -> Any:
        return lambda: order.append(name) or {"seconds": float(len(order))}

    ours, theirs = alternately(3, [side("ours"), side("theirs")])
    assert ["ours", "theirs"] * 4 == order
    assert [3.0, 5.0, 7.0] == [one["seconds"] for one in ours]
    assert [4.0, 6.0, 8.0] == [one["seconds"] for one in theirs]


@pytest.mark.parametrize(("middle", "met"), [(2.4, False), (2.5, True)])
def test_the_median_decides_whether_a_goal_is_met(middle: float, met: bool) -> None:
    """The spread is shown beside it."""
    against = {"median": middle, "least": 2.0, "greatest": 9.5}
    results = {
        "overview": {
            "runs": 10,
            "days": 10,
            "overview": {"against": {"sqlite": against}},
            "streaks": {"against": {}},
        }
    }
    [goal] = goals(results)
    assert met == goal.met
    shown = goals_sheet({"goals": [vars(goal)]}).rows
    expected = (
        "an overview of 10 runs, against sqlite",
        "at least 2.5 x",
        f"{middle:.2f} (2.00 to 9.50)",
        "met" if met else "missed",
    )
    assert (expected,) == shown


def test_what_was_taken_once_has_no_spread() -> None:
    """A memory peak is one number."""
    one = {
        "name": "peak",
        "target": "at most 300 MB",
        "measured": 250.2,
        "least": 250.2,
        "greatest": 250.2,
        "met": True,
    }
    assert (("peak", "at most 300 MB", "250", "met"),) == goals_sheet({"goals": [one]}).rows

"""Thousands of histories of layered streaks: what the daily tests only sample."""

from __future__ import annotations

import pytest

from tests.application.analytics.layer_histories import Bench, check, check_day_streaks, history
from tests.stage.campaign import PARTS, chance, journeys

pytestmark = pytest.mark.soak
_TIMES = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_comes_to_what_counting_by_hand_comes_to(part: int) -> None:
    """Twenty histories for every journey that the campaign is asked for."""
    bench = Bench()
    for journey in journeys(part):
        for number in range(_TIMES):
            dice = chance("layers", journey * _TIMES + number)
            check(bench, history(dice), dice)


@pytest.mark.parametrize("part", range(PARTS))
def test_plain_days_are_the_day_streak(part: int) -> None:
    """The same for the presets of plain days."""
    bench = Bench()
    for journey in journeys(part):
        for number in range(_TIMES):
            check_day_streaks(bench, chance("days", journey * _TIMES + number))

"""One rule in three places: the engine's SQL, the page's Python, the browser's script; one table of cases holds them."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.measures import time_left
from myrunstreak.page import words
from myrunstreak.page.facts import Facts
from myrunstreak.page.standing import find_standing

from tests.application.page.cases import Case, make_cases
from tests.stage.paths import ROOT

SCRIPT = ROOT / "lambda_src" / "myrunstreak" / "page" / "static" / "page.js"
RUNNER = Path(__file__).with_name("standing.mjs")
COUNT = 400


@cache
def cases() -> list[Case]:
    """The table."""
    return make_cases(COUNT)


def engine_says(case: Case) -> tuple[Any, ...]:
    """The engine's answer, in the terms of a standing."""
    answer = case.answer
    length = answer.current.length_days if answer.current else 0
    since = answer.current.start_date if answer.current else None
    return (answer.today, answer.state, length, since, answer.as_of, answer.seconds_left_today)


def excerpt(case: Case) -> Facts:
    """What the page rendered at the instant of a case carries."""
    return case.facts.excerpt(find_standing(case.facts, case.now).today)


def page_says(case: Case, facts: Facts) -> tuple[Any, ...]:
    """The page's answer."""
    found = find_standing(facts, case.now)
    return (found.today, found.state, found.days, found.since, found.as_of, found.seconds_left)


def test_the_table_has_every_state_and_every_kind_of_day() -> None:
    """A table that misses a state holds nothing together."""
    states = [case.answer.state for case in cases()]
    assert all(states.count(state) >= 25 for state in ("done_today", "at_risk", "broken", "unknown"))
    assert {True, False} == {case.answer.timezone_is_set for case in cases()}
    assert sum(case.answer.seconds_left_today > 86_400 for case in cases()) >= 2, "days of 25 hours"
    assert (
        sum(case.answer.current is not None and case.answer.current.length_days > 20 for case in cases()) > 20
    )


def test_the_page_says_what_the_engine_says() -> None:
    """From all facts, and from the excerpt that a page carries."""
    for case in cases():
        assert engine_says(case) == page_says(case, case.facts), case.name
        assert engine_says(case) == page_says(case, excerpt(case)), case.name
        needed = find_standing(case.facts, case.now).needed_km
        assert case.answer.needed_today_km == pytest.approx(needed, abs=0.006), case.name


def test_a_page_that_is_looked_at_later_says_the_same_as_all_facts() -> None:
    """The excerpt was cut when the page was rendered; days and weeks later it still decides."""
    for number, case in enumerate(cases()):
        part = excerpt(case)
        for days in (1, 2, number % 30):
            later = replace(case, now=case.now + timedelta(days=days))
            assert page_says(later, case.facts) == page_says(later, part), case.name


def test_facts_come_back_from_their_document() -> None:
    """``summary.json`` says all of them."""
    for case in cases()[:60]:
        assert case.facts == Facts.of(json.loads(case.facts.to_json()))
        assert excerpt(case) == Facts.of(json.loads(excerpt(case).to_json()))


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_the_browsers_script_says_the_same_in_the_same_words() -> None:
    """State, length, seconds to midnight, and the sentences around them."""
    asked = [{"facts": excerpt(case).to_dict(), "now": int(case.now.timestamp() * 1000)} for case in cases()]
    done = subprocess.run(
        ["node", str(RUNNER), str(SCRIPT)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    for case, told in zip(cases(), json.loads(done.stdout), strict=True):
        facts, standing = excerpt(case), find_standing(case.facts, case.now)
        expected = {
            "today": (standing.today - date(1970, 1, 1)).days,
            "state": standing.state,
            "days": standing.days,
            "asOf": (standing.as_of - date(1970, 1, 1)).days,
            "secondsLeft": standing.seconds_left,
            "word": words.state_word(standing, facts),
            "line": words.state_line(standing, facts),
            "week": [
                words.day_word(standing.today - timedelta(days=back), standing.today, facts)
                for back in range(7)
            ],
            "freshness": words.freshness_line(facts, standing.today),
            "neededKm": pytest.approx(standing.needed_km, abs=1e-9),
        }
        assert expected == told, case.name


def test_the_words_name_hours_and_minutes() -> None:
    """As the command line writes them."""
    assert ("5 h 12 min", "59 min") == (time_left(18_725), time_left(3_599))

"""Reminders on generated evenings, against an oracle that knows the rule and no code of the project."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb
import pytest
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.reminder import write_reminder
from myrunstreak.messages.slots import find_slot
from myrunstreak.messages.view import View
from myrunstreak.page.questions import PageEngine

from tests.application.messages.evenings import make_evenings
from tests.application.messages.oracle import Evening, expected, streak_through
from tests.stage.databases import new_database
from tests.stage.runs import put

COUNT = 900


@cache
def evenings() -> list[Evening]:
    """The table."""
    return make_evenings(COUNT)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """One database for all evenings."""
    return new_database()


def look_and_write(database: duckdb.DuckDBPyConnection, evening: Evening) -> tuple[View, Message | Silence]:
    """What the reminder says when Smashrun has been looked at."""
    database.execute("DELETE FROM activities")
    put((*evening.known, *(evening.arrived if evening.is_up else ())), database)
    data_as_of = evening.now if evening.is_up else evening.known_at
    settings = Settings(
        runner_timezone=evening.zone, streak_min_distance=evening.minimum, remind_at="18:30,21:30,23:55"
    )
    freshness = Freshness(data_as_of=data_as_of, last_success_at=data_as_of)
    engine = PageEngine(database, now=evening.now, settings=settings, freshness=freshness)
    view = View(engine.facts("v"), evening.now, is_seen=evening.is_up)
    slot = find_slot(evening.scheduled, view.facts.zone, settings.reminder_times)
    return view, write_reminder(view, slot)


def test_the_table_has_every_outcome_and_every_kind_of_evening() -> None:
    """A table that misses a kind proves nothing about it."""
    outcomes = Counter((expected(one), one.is_up) for one in evenings())
    assert outcomes["open", True] >= 60
    assert outcomes["unseen", False] >= 60
    assert outcomes["silent", True] >= 60
    assert outcomes["silent", False] >= 40
    late = [one for one in evenings() if one.now - one.scheduled >= timedelta(hours=1)]
    assert sum(expected(one) == "open" for one in late) >= 5
    assert any(
        run.start_local.date() > one.now.date() + timedelta(days=2) for one in evenings() for run in one.known
    )
    assert any(one.known_at is None for one in evenings())


@pytest.mark.parametrize("evening", evenings(), ids=lambda one: one.name)
def test_a_reminder_comes_exactly_when_the_rule_says(
    database: duckdb.DuckDBPyConnection, evening: Evening
) -> None:
    """Never one when done, never silence when at risk and visible, and the honest one when nothing can be seen."""
    view, said = look_and_write(database, evening)
    outcome = expected(evening)
    if outcome == "silent":
        assert isinstance(said, Silence), said.whole
        assert said.state in {"done_today", "at_risk", "broken", "unknown"}
        return
    assert isinstance(said, Message), said.why
    assert ("at_risk" if outcome == "open" else "unknown") == said.state
    assert ("I cannot see Smashrun" in said.title) == (outcome == "unseen")
    # The midnight that ends the reminder's day, and not one of another day.
    local = evening.scheduled.astimezone(ZoneInfo(evening.zone))
    assert said.expires_at > evening.now
    assert said.expires_at.astimezone(ZoneInfo(evening.zone)).date() == local.date() + timedelta(days=1) or (
        evening.zone == "Pacific/Apia"
    )
    if outcome == "open":
        number = streak_through(evening, view.standing.today - timedelta(days=1)) + 1
        assert f"Day {number:,} is still open" == said.title
    assert "None" not in said.whole
    assert not re.search(r"[{}]|\b1 days\b|  ", said.whole)

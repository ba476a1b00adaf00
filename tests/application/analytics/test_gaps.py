"""Gaps: what lies between the streaks, as far as it is known, and what there was instead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.gap_models import Gaps
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning
from myrunstreak.errors import InvalidQuestion

from tests.stage.examples import examples
from tests.stage.paths import ROOT
from tests.stage.runs import on, opened

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
TODAY = NOON.date()
DAY = timedelta(days=1)


def engine(*days: date, synced: datetime | None = NOON) -> Engine:
    """The engine about a run on each of these days, at noon on 10 May 2026, a Sunday."""
    return about(opened(on(str(day), number + 1) for number, day in enumerate(days)), synced)


def about(record: duckdb.DuckDBPyConnection, synced: datetime | None = NOON) -> Engine:
    """The engine over a record that was complete at an instant."""
    settings = Tuning(runner_timezone="UTC")
    return Engine(record, now=NOON, settings=settings, freshness=Freshness(data_as_of=synced))


def spans(answer: Gaps) -> list[tuple[date, date, bool]]:
    """First and last day of each gap, and whether it is open."""
    return [(gap.start_date, gap.end_date, gap.is_open) for gap in answer.items]


def may(text: str) -> date:
    """A day of May: ``3`` or ``10 May``."""
    return date(2026, 5, int(text.split()[0]))


DOCUMENT = (ROOT / "docs" / "numbers.md").read_text()
ROWS = re.findall(r"^\| ([\d, ]+) May \| (\d+) May \| 10 May \| (.+) \|$", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("run_days", "synced", "gaps"), ROWS)
def test_the_gaps_of_the_document_are_found(run_days: str, synced: str, gaps: str) -> None:
    """Each row of the table in docs/numbers.md."""
    known = datetime(2026, 5, int(synced), 6, tzinfo=UTC)
    found = engine(*map(may, run_days.split(", ")), synced=known).gaps()
    expected: list[tuple[date, date, bool]] = []
    for gap in gaps.split("; "):
        first, _, last = gap.partition(" May")[0].partition("-")
        expected.insert(0, (may(first), may(last or first), gap.endswith("still open")))
    assert expected == spans(found)


def test_the_document_has_such_a_table() -> None:
    """So that the test above runs."""
    assert 4 == len(ROWS)


_AGO = st.sets(st.integers(-3, 60), max_size=40)


@examples(40)
@given(_AGO, st.one_of(st.none(), st.integers(0, 30)))
def test_streaks_and_gaps_are_all_known_days_each_once(ago: set[int], synced_ago: int | None) -> None:
    """From the first run day to the last known day; what is dated in the future changes nothing."""
    synced = None if synced_ago is None else NOON - timedelta(days=synced_ago)
    asked = engine(*(TODAY - one * DAY for one in ago), synced=synced)
    answer = asked.gaps(limit=None)
    if answer.from_ is None or answer.to is None:
        assert not answer.items
        return
    covered: list[date] = []
    for one in [*asked.streaks(limit=None).items, *answer.items]:
        covered += [
            one.start_date + number * DAY for number in range((one.end_date - one.start_date).days + 1)
        ]
    days = [answer.from_ + number * DAY for number in range((answer.to - answer.from_).days + 1)]
    assert days == sorted(day for day in covered if day <= answer.to)
    assert len(days) == answer.of
    assert (
        answer.missed
        == sum(gap.length for gap in answer.items)
        == len(days) - len({day for day in days if (TODAY - day).days in ago})
    )
    # A run dated tomorrow means that it is tomorrow there.
    today = TODAY + DAY if -1 in ago else TODAY
    open_from = today if synced is None else synced.date()
    assert open_from - DAY <= answer.to <= today


@examples(25)
@given(_AGO, st.sampled_from(["monday", "sunday"]), st.tuples(st.integers(-5, 70), st.integers(0, 70)))
def test_a_week_is_missed_if_all_its_days_are(
    ago: set[int], week_start: str, bounds: tuple[int, int]
) -> None:
    """Weeks by the setting, from the first run's to the last that is over; of a range only the whole ones."""
    asked = engine(*(TODAY - one * DAY for one in ago))
    since = TODAY - max(bounds) * DAY
    until = TODAY - min(bounds) * DAY
    for first, last in ((None, None), (since, until)):
        answer = asked.gaps(unit="week", week_start=week_start, since=first, until=last, limit=None)  # type: ignore[arg-type]
        missed_days = {
            gap.start_date + number * DAY
            for gap in asked.gaps(limit=None).items
            for number in range(gap.length)
        }
        begins = 6 if week_start == "sunday" else 0
        expected = [
            day
            for day in sorted(missed_days)
            if day.weekday() == begins
            and all(day + number * DAY in missed_days for number in range(7))
            and (first is None or day >= first)
            and (last is None or day + 6 * DAY <= last)
        ]
        found = [gap.start_date + 7 * number * DAY for gap in answer.items for number in range(gap.length)]
        assert expected == sorted(found)
        assert all((gap.end_date - gap.start_date).days + 1 == 7 * gap.length for gap in answer.items)


def test_a_gap_says_what_there_was_instead() -> None:
    """Too short, deleted at Smashrun, of another type, in quarantine; or nothing."""
    record = opened(
        [
            *(on(f"2026-05-0{day}", day) for day in (1, 6, 8)),
            on("2026-05-02", 11, distance_km=1.6),
            on("2026-05-03", 12, deleted=True),
            on("2026-05-03", 13),
        ]
    )
    record.execute("UPDATE activities SET activity_type = 'walking' WHERE activity_id = 13")
    record.execute(
        "INSERT INTO quarantine VALUES ('h', 14, 'damaged', ?, 'extended', TIMESTAMP '2026-05-09', 1)",
        ['{"startDateTimeLocal": "2026-05-04T07:00:00"}'],
    )
    newest, gap, oldest = about(record).gaps(minimum="mile").items
    assert ("nothing recorded", 1, None) == (newest.reason, newest.streak_before, newest.streak_after)
    assert ("nothing recorded", 1, 1) == (gap.reason, gap.streak_before, gap.streak_after)
    assert (1, 1, 1, 1) == (oldest.runs, oldest.deleted, oldest.other_activities, oldest.waiting)
    assert (
        "1 run too short for a run day; 1 run deleted at Smashrun; 1 of other types (walking; ACTIVITY_TYPES is "
        "running); 1 record in quarantine" == oldest.reason
    )


def test_the_days_off_of_a_year_are_its_gaps() -> None:
    """Cut at the ends of the year; none before the first run."""
    asked = engine(date(2025, 12, 30), date(2026, 1, 3), date(2026, 5, 9))
    assert 127 == asked.calendar(2026).missed
    offs = {
        year: [(one.start_date, one.end_date) for one in asked.calendar(year).days_off]
        for year in (2024, 2025, 2026)
    }
    assert {
        2024: [],
        2025: [(date(2025, 12, 31), date(2025, 12, 31))],
        2026: [(date(2026, 1, 1), date(2026, 1, 2)), (date(2026, 1, 4), date(2026, 5, 8))],
    } == offs


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    """With both days."""
    with pytest.raises(InvalidQuestion, match="from is 2026-05-02 and to is 2026-05-01"):
        engine().gaps(since=date(2026, 5, 2), until=date(2026, 5, 1))


@pytest.mark.parametrize(("unit", "missed"), [("day", 8), ("week", 0)])
def test_the_ends_of_the_calendar_may_be_asked_for(unit: Any, missed: int) -> None:
    """The first and last day that a date can be."""
    assert missed == engine(date(2026, 5, 1)).gaps(unit=unit, since=date.min, until=date.max).missed

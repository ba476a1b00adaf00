"""What messages say: numbers as the page has them, correct English for none, one and many, the runner's units."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.units import Units
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.milestones import write_milestone
from myrunstreak.messages.reminder import write_reminder
from myrunstreak.messages.slots import find_slot
from myrunstreak.messages.sun import find_sunset
from myrunstreak.messages.view import View
from myrunstreak.messages.week import last_day_of_week, write_week
from myrunstreak.messages.year import write_year
from myrunstreak.page.facts import Facts
from myrunstreak.page.numbers import gather_numbers
from myrunstreak.page.questions import PageEngine

from tests.application.messages.english import assert_english
from tests.stage.databases import new_database
from tests.stage.examples import examples
from tests.stage.runs import Stored, put

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 6, 30, tzinfo=UTC)


def facts_of(
    km: list[float | None], first: date, minimum: float, units: Units, seen: datetime | None
) -> Facts:
    """Facts in UTC."""
    return Facts("v", seen, seen, "UTC", 0, minimum, units, first if km else None, tuple(km))


@examples(200)
@given(
    km=st.lists(st.one_of(st.none(), st.floats(0.0, 60.0, allow_subnormal=False)), max_size=420).filter(
        lambda km: not km or (km[0] is not None and km[-1] is not None)
    ),
    behind=st.integers(-1, 4),
    seen=st.one_of(st.none(), st.integers(0, 400)),
    is_seen=st.booleans(),
    waits=st.booleans(),
    minimum=st.sampled_from([0.0, 1.60934, 5.0]),
    units=st.sampled_from(["km", "mi"]),
    minute=st.integers(0, 1439),
)
def test_reminders_and_milestones_of_any_record_are_english(
    km: list[float | None],
    behind: int,
    seen: int | None,
    is_seen: bool,
    waits: bool,
    minimum: float,
    units: Units,
    minute: int,
) -> None:
    """Any record, any minute, any gap in what is known."""
    now = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(minutes=minute)
    last = now.date() - behind * DAY
    data_as_of = None if seen is None else now - timedelta(hours=seen)
    facts = facts_of(km, last - (len(km) - 1) * DAY, minimum, units, now if is_seen else data_as_of)
    view = View(facts, now, is_seen, waits_today=waits)
    for said in (write_reminder(view, find_slot(now, UTC)), write_milestone(view, find_slot(now, UTC))):
        if isinstance(said, Message):
            assert_english(said.whole)
            assert (
                ("mi" if units == "mi" else "km") in said.text
                or "any run" in said.text.lower()
                or "row" in said.text
            )
            assert "km" not in said.whole or units == "km"


def at(day: date, number: int = 0, km: float = 6.5, **fields: Any) -> Stored:
    """A run in the morning of a day."""
    return Stored(
        number or day.toordinal(), datetime.fromisoformat(f"{day}T07:12:00"), distance_km=km, **fields
    )


def digest(now: datetime, *runs: Stored, seen: datetime | None = None, **choices: Any) -> dict[str, Any]:
    """The three parts of a morning's digest."""
    connection = new_database()
    put(runs, connection)
    settings = Settings(runner_timezone="UTC", **choices)
    seen = seen or now
    freshness = Freshness(data_as_of=seen, last_success_at=seen)
    engine = PageEngine(connection, now=now, settings=settings, freshness=freshness)
    numbers = gather_numbers(engine, "v", now)
    view, slot = View(numbers.facts, now, True), find_slot(now, UTC)
    return {
        "milestone": write_milestone(view, slot),
        "week": write_week(engine, numbers, view, slot, settings.week_start),
        "year": write_year(engine, numbers, view, slot),
    }


def days(first: date, count: int, **fields: Any) -> list[Stored]:
    """A run on each of so many days."""
    return [at(first + place * DAY, **fields) for place in range(count)]


def test_the_week_is_told_on_its_first_morning() -> None:
    """Seven days, the days before, the streak, what comes next."""
    week = digest(MONDAY, *days(date(2026, 11, 9), 14, km=5.0), at(date(2026, 11, 17), 5, km=3.05))["week"]
    assert "Your week: 38.1 km on 7 run days" == week.title
    assert [
        "16 to 22 Nov 2026: 8 runs, 3.1 km more than the week before",
        "  Mon     5.0 km",
        "  Tue     8.1 km",
    ] == week.text.splitlines()[:3]
    assert "Streak: 14 days, since 9 November 2026\n" in week.text
    assert "Next: Day 30 on Tuesday, 8 December 2026\n" in week.text
    assert "week-2026-11-16" == week.slot
    assert week.expires_at == datetime(2026, 11, 24, tzinfo=UTC)
    assert_english(week.whole)


@pytest.mark.parametrize(
    ("runs", "title", "line"),
    [
        ([], "Your week: no run", "0 runs, as much as the week before"),
        (
            [at(date(2026, 11, 18), km=5.0)],
            "Your week: 5.0 km on 1 run day",
            "1 run, 5.0 km more than the week before",
        ),
        ([at(date(2026, 11, 11), km=5.0)], "Your week: no run", "0 runs, 5.0 km less than the week before"),
        (
            [at(date(2026, 11, 18), km=1.0), at(date(2026, 11, 19), km=2.0)],
            "Your week: 3.0 km on 1 run day",
            "2 runs, 3.0 km more than the week before",
        ),
    ],
)
def test_none_one_and_many(runs: list[Stored], title: str, line: str) -> None:
    """A week without a run, with one, and with a day that is too short."""
    week = digest(MONDAY, at(date(2026, 1, 1)), *runs, streak_min_distance="mile")["week"]
    assert title == week.title
    assert f"16 to 22 Nov 2026: {line}" == week.text.splitlines()[0]
    assert ("1.0 km, too short" in week.text) == (len(runs) == 2)
    assert_english(week.whole)


@pytest.mark.parametrize("now", [MONDAY + place * DAY for place in range(14)])
@pytest.mark.parametrize("week_start", ["monday", "sunday"])
def test_the_week_begins_where_the_runner_says(now: datetime, week_start: str) -> None:
    """Monday or Sunday, and on no other day."""
    said = digest(now, *days(date(2026, 10, 1), 30), week_start=week_start)["week"]
    is_first = f"{now:%A}".lower() == week_start
    assert is_first == isinstance(said, Message)
    if isinstance(said, Message):
        assert said.slot == f"week-{now.date() - 7 * DAY}"
    last = last_day_of_week(now.date(), week_start)  # type: ignore[arg-type]
    assert (now.date() - 7 * DAY) <= last < now.date()
    assert f"{last + DAY:%A}".lower() == week_start


def test_a_week_that_is_not_known_to_its_end_says_so() -> None:
    """The record ends on Saturday: what comes after is not called nothing."""
    week = digest(MONDAY, *days(date(2026, 11, 9), 13), seen=datetime(2026, 11, 21, 18, 2, tzinfo=UTC))[
        "week"
    ]
    assert week.text.startswith(
        "The record does not reach the end of this week. As Smashrun knew it on 21 Nov 2026 at 18:02."
    )
    assert "Streak: 13 days as of 21 Nov 2026" in week.text
    assert "Your week: at least 39.0 km on 6 run days" == week.title
    assert "16 to 22 Nov 2026: 6 runs\n" in week.text
    assert "  Sat     6.5 km\n  Sun       ?\n" in week.text
    assert "less than" not in week.whole + week.html
    assert_english(week.whole)


def test_a_year_that_is_not_known_to_its_end_says_so() -> None:
    """It is not compared, and what is known is a minimum."""
    runs = [at(date(2025, 5, 1)), *days(date(2026, 12, 1), 20)]
    year = digest(NEW_YEAR, *runs, seen=datetime(2026, 12, 20, 18, 2, tzinfo=UTC))["year"]
    assert "2026: at least 130.0 km on 20 run days" == year.title
    assert "Distance: 130.0 km\n" in year.text
    assert "than 2025" not in year.whole + year.html
    assert_english(year.whole)


def test_bests_of_the_week_are_named_with_what_they_broke() -> None:
    """The longest run; a first one breaks nothing."""
    runs = [*days(date(2026, 11, 1), 22, km=5.0), at(date(2026, 11, 20), 5, km=12.34, duration_s=4000.0)]
    week = digest(MONDAY, *runs)["week"]
    assert "New best: Longest run, 12.34 km (before: 5.00 km)" in week.text
    first = digest(MONDAY, *days(date(2026, 11, 16), 7))["week"]
    assert "New best" not in first.text


def test_the_runners_units_are_used_throughout() -> None:
    """Miles, and no kilometre."""
    said = digest(NEW_YEAR, *days(date(2026, 1, 1), 365, km=1.60934), units="mi")
    for message in said.values():
        if isinstance(message, Message):
            assert not re.search(r"\bkm\b", message.whole + message.html.partition("</head>")[2])
    assert "2026: 365.0 mi on 365 run days" == said["year"].title


def test_the_year_is_told_on_new_years_day_with_its_poster() -> None:
    """Run days, distance beside the year before, the longest run of days, the biggest month."""
    runs = [
        *days(date(2025, 12, 1), 31, km=10.0),
        *days(date(2026, 1, 1), 300, km=5.0),
        at(date(2026, 12, 24), km=21.1, duration_s=7500.0),
    ]
    year = digest(NEW_YEAR, *runs)["year"]
    assert "2026: 1,521.1 km on 301 run days" == year.title
    assert [
        "301 of 365 days, 301 runs, 127 h 05 min",
        "Distance: 1,521.1 km, 1,211.1 km more than 2025",
        "Most days in a row: 300",
        "Longest run: 21.1 km",
        "Biggest month: January with 155.0 km",
    ] == year.text.splitlines()[:5]
    assert "New best: Longest run, 21.10 km (before: 5.00 km)" in year.text
    assert ["calendar-2026.png", "year-2026.svg"] == [one.name for one in year.pictures]
    assert b"A year of running: 2026" in year.pictures[1].content
    assert_english(year.whole)


def test_a_year_of_one_run_and_a_year_without() -> None:
    """Correct for one, and silent for none."""
    year = digest(NEW_YEAR, at(date(2026, 5, 1), km=5.0))["year"]
    assert "2026: 5.0 km on 1 run day" == year.title
    assert "1 of 365 days, 1 run, 25 min" == year.text.splitlines()[0]
    assert_english(year.whole)
    assert Silence("the year had no run", "broken") == digest(NEW_YEAR, at(date(2025, 5, 1)))["year"]
    assert isinstance(digest(NEW_YEAR + DAY, at(date(2026, 5, 1)))["year"], Silence)


@pytest.mark.parametrize(
    ("length", "ran_today", "title"),
    [
        (7, True, "Day 7 is done"),
        (7, False, "Day 7 is done"),
        (8, True, "Day 7 is done"),
        (8, False, None),
        (99, False, "Today is day 100"),
        (100, True, "Day 100 is done"),
        (364, False, "Today makes 1 year without a day off"),
        (365, True, "1 year without a day off"),
        (1000, True, "Day 1,000 is done"),
        (1001, False, None),
        (5, True, None),
    ],
)
def test_milestones_come_on_the_day(length: int, ran_today: bool, title: str | None) -> None:
    """In the morning of the day: announced while it is open, congratulated on once done, also the morning after."""
    last = MONDAY.date() if ran_today else MONDAY.date() - DAY
    said = digest(MONDAY, *days(last - (length - 1) * DAY, length))["milestone"]
    assert title == (said.title if isinstance(said, Message) else None)
    if isinstance(said, Message):
        assert_english(said.whole)
        assert ("Congratulations!" in said.text) == (not (title or "").startswith("Today"))


def test_the_same_milestone_has_one_occasion_on_both_mornings() -> None:
    """Congratulated on once, though it is looked at twice; a later streak's is another."""
    start = MONDAY.date() - 99 * DAY
    today = digest(MONDAY, *days(start, 100))["milestone"]
    tomorrow = digest(MONDAY + DAY, *days(start, 100))["milestone"]
    later = digest(MONDAY + 200 * DAY, *days(start + 200 * DAY, 100))["milestone"]
    ahead = digest(MONDAY, *days(start, 99))["milestone"]
    assert f"milestone-{start}-100" == today.slot == tomorrow.slot
    assert 3 == len({today.slot, later.slot, ahead.slot})


def test_a_milestone_is_not_announced_while_smashrun_cannot_be_seen() -> None:
    """It may be done, or the streak may have ended."""
    last = MONDAY.date() - DAY
    facts = facts_of([5.0] * 99, last - 98 * DAY, 0.0, "km", MONDAY - timedelta(hours=12))
    view = View(facts, MONDAY, is_seen=False)
    assert isinstance(write_milestone(view, find_slot(MONDAY, UTC)), Silence)
    assert isinstance(write_milestone(replace(view, is_seen=True), find_slot(MONDAY, UTC)), Message)


class _Shown(HTMLParser):
    """The text of a page, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.loads, self.cells = "", list[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.cells += tag == "td"
        self.loads += [name for name, _ in attrs if name in {"src", "href", "background"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("part", ["week", "year", "milestone"])
def test_the_html_says_what_the_text_says_and_loads_nothing(part: str) -> None:
    """Mail programs load nothing unasked: the calendar is a table of cells."""
    now = NEW_YEAR if part == "year" else MONDAY
    said = digest(now, *days(now.date() - 99 * DAY, 100, km=5.0))[part]
    shown = _Shown()
    shown.feed(said.html)
    assert [] == shown.loads
    for number in re.findall(r"\d[\d,.]*\d", said.text):
        assert number in re.sub(r"\s+", " ", shown.text), number
    assert (shown.cells > 365) == (part != "milestone")
    assert "<script" not in said.html
    assert said.title in shown.text


def test_names_of_own_streaks_are_escaped_in_html_and_plain_in_text(tmp_path: Path) -> None:
    """They are the runner's own words."""
    connection = new_database()
    put(days(date(2026, 11, 1), 22, km=5.0), connection)
    settings = Settings(runner_timezone="UTC", duckdb_path=str(tmp_path / "x.duckdb"))
    freshness = Freshness(data_as_of=MONDAY, last_success_at=MONDAY)
    definitions = '[[streak]]\nname = "Tea & <b>5 km</b>"\ndistance = "5 km"\n'
    engine = PageEngine(
        connection, now=MONDAY, settings=settings, freshness=freshness, definitions=definitions
    )
    numbers = gather_numbers(engine, "v", MONDAY)
    said = write_week(engine, numbers, View(numbers.facts, MONDAY, True), find_slot(MONDAY, UTC), "monday")
    assert isinstance(said, Message)
    assert "" == numbers.layers_problem
    assert "Tea & <b>5 km</b>: " in said.text
    assert "Tea &amp; &lt;b&gt;5 km&lt;/b&gt;" in said.html


@pytest.mark.parametrize(
    ("place", "zone", "day", "expected"),
    [
        ((52.4, 4.9), "Europe/Amsterdam", "2026-06-21", "22:06"),  # of published tables, to the minute
        ((52.4, 4.9), "Europe/Amsterdam", "2026-12-21", "16:29"),
        ((-33.9, 151.2), "Australia/Sydney", "2026-12-21", "20:05"),
        ((78.2, 15.6), "Arctic/Longyearbyen", "2026-06-21", None),
        ((78.2, 15.6), "Arctic/Longyearbyen", "2026-12-21", None),
    ],
)
def test_the_sun_sets_when_the_tables_say(
    place: tuple[float, float], zone: str, day: str, expected: str | None
) -> None:
    """Within two minutes; nothing where it does not set."""
    found = find_sunset(place, date.fromisoformat(day), ZoneInfo(zone))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        hour, minute = map(int, expected.split(":"))
        assert abs(found.hour * 60 + found.minute - hour * 60 - minute) <= 2


@pytest.mark.parametrize(("minutes", "sentence"), [(-1, "Sunset was at 16:33."), (1, "Sunset is at 16:33.")])
def test_a_reminder_says_when_the_sun_sets(minutes: int, sentence: str) -> None:
    """Or has set; nothing where that is not known."""
    sunset = datetime(2026, 11, 27, 16, 33, tzinfo=UTC)
    now = sunset - timedelta(minutes=minutes)
    facts = facts_of([5.0] * 9, now.date() - 9 * DAY, 0.0, "km", now)
    for found in (sunset, None):
        said = write_reminder(View(facts, now, True, sunset=found), find_slot(now, UTC))
        assert isinstance(said, Message)
        assert (sentence in said.text) == (found is not None)
        assert ("Sunset" in said.text) == (found is not None)
        assert_english(said.whole)


def test_the_place_of_the_sunset_is_where_the_newest_run_started() -> None:
    """To a tenth of a degree; an older run, and one without a place, say nothing."""
    connection = new_database()
    put([at(date(2026, 11, 20), 1), at(date(2026, 11, 21), 2), at(date(2026, 11, 22), 3)], connection)
    connection.execute(
        "UPDATE activities SET start_latitude = 52.37, start_longitude = 4.89 WHERE activity_id = 1"
    )
    connection.execute(
        "UPDATE activities SET start_latitude = 40.71, start_longitude = -74.0 WHERE activity_id = 2"
    )
    engine = PageEngine(connection, now=MONDAY, settings=Settings(runner_timezone="UTC"))
    assert (40.7, -74.0) == engine.last_start(date(2026, 11, 20))
    assert engine.last_start(date(2026, 11, 22)) is None

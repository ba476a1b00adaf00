"""Days typed as words: which day they are, by the runner's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

from scripts.usage.days import WORDS, RelativeDay, parse_day

from .conftest import Runner

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# 26 hours apart: it is never the same day in both.
FIRST, LAST = "Pacific/Kiritimati", "Etc/GMT+12"


@given(st.dates(min_value=date(1, 1, 8)), st.sampled_from(_WEEK))
def test_a_weekday_is_the_latest_one(today: date, word: str) -> None:
    """Of the seven days that end today, the one of that name."""
    day = RelativeDay(word).on(today)
    assert _WEEK[day.weekday()] == word
    assert timedelta() <= today - day < timedelta(days=7)


@given(st.dates(min_value=date(1, 1, 8)))
def test_today_and_yesterday(today: date) -> None:
    """A day apart."""
    assert today == RelativeDay("today").on(today)
    assert today - timedelta(days=1) == RelativeDay("yesterday").on(today)


@given(st.dates())
def test_a_date_is_itself(day: date) -> None:
    """As ISO 8601 writes it."""
    assert day == parse_day(day.isoformat())


@given(
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from(["%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %B %Y", "%b %d, %Y"]),
)
def test_another_form_is_refused_with_the_right_one(day: date, form: str) -> None:
    """The very day is in the advice."""
    with pytest.raises(ValueError, match=f"write {day}") as refused:
        parse_day(day.strftime(form))
    assert "is not a date" in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_a_day_or_explained(text: str) -> None:
    """In one line."""
    problem = ""
    try:
        parse_day(text)
    except ValueError as error:
        problem = str(error)
    assert not problem or "is not a date" in problem
    assert problem.isprintable()


def test_capitals_and_blanks_make_no_difference() -> None:
    """A phone's keyboard writes Yesterday."""
    for word in WORDS:
        assert RelativeDay(word) == parse_day(f" {word.capitalize()} ")


@pytest.mark.parametrize("zone", [FIRST, LAST, "Asia/Kathmandu"])
def test_the_day_is_the_runners(synced: Runner, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are; the day in UTC decides nothing."""
    monkeypatch.setenv("RUNNER_TIMEZONE", zone)
    before = datetime.now(ZoneInfo(zone)).date()
    shown = synced.types("streak", "--explain", "yesterday", "--json").json
    after = datetime.now(ZoneInfo(zone)).date()
    assert date.fromisoformat(shown["date"]) + timedelta(days=1) in {before, after}


def test_days_around_midnight_are_those_of_the_runners_clock(synced: Runner) -> None:
    """A minute before and a minute after it, in UTC, east and west of it."""
    settings = Settings(duckdb_path=str(synced.database))
    published = PublishedDatabase(settings)
    for zone in ("UTC", "America/Los_Angeles", "Asia/Tokyo"):
        there = settings.model_copy(update={"runner_timezone": zone})
        midnight = datetime(2031, 7, 2, tzinfo=ZoneInfo(zone))
        for minutes, day in ((-1, date(2031, 7, 1)), (0, date(2031, 7, 2)), (1, date(2031, 7, 2))):
            now = (midnight + timedelta(minutes=minutes)).astimezone(UTC)
            with published.read() as reading:
                assert day == Engine(reading.connection, now=now, settings=there).today()
    published.close()


@pytest.mark.parametrize(
    "line",
    [
        ["days", "--from", "monday", "--to", "today"],
        ["runs", "--from", "sunday"],
        ["layers", "--as-of", "yesterday"],
    ],
)
def test_words_stand_wherever_a_date_does(synced: Runner, line: list[str]) -> None:
    """Every option that takes a date."""
    assert 0 == synced.types(*line).code


def test_a_word_needs_no_record(runner: Runner) -> None:
    """The first sync may be of what is new since yesterday."""
    done = runner.types("sync", "--since", "yesterday", "--json")
    assert 0 == done.code, done.err


@pytest.mark.parametrize(
    ("typed", "years"),
    [
        ([], (-1, 0)),
        (["2023"], (2022, 2023)),
        (["2019", "2025"], (2019, 2025)),
        (["2025", "2019"], (2025, 2019)),
    ],
)
def test_compare_alone_is_this_year_with_last(
    synced: Runner, typed: list[str], years: tuple[int, int]
) -> None:
    """One year is compared with the one before it."""
    shown = [one["year"] for one in synced.types("compare", *typed, "--json").json["items"]]
    this_year = synced.types("calendar", "--json").json["year"]
    assert [year if year > 0 else this_year + year for year in years] == shown

"""What is not known is not told as broken: the days since the last complete sync, and the records that wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.today import decide_state
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning

from scripts.display.streaks import stale_words
from tests.stage.examples import examples
from tests.stage.runs import Stored, opened

SYNCED = datetime(2026, 11, 22, 6, tzinfo=UTC)
NOW = SYNCED + timedelta(days=3, hours=2)
FIRST = date(2025, 9, 19)
DAY = timedelta(days=1)
ZONES = (
    "UTC",
    "Europe/Amsterdam",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
)


def each_day(first: date, last: date) -> list[Stored]:
    """A run on every day."""
    return [
        Stored(number, datetime.combine(first + number * DAY, datetime.min.time().replace(hour=7)))
        for number in range((last - first).days + 1)
    ]


def asked(
    runs: list[Stored], *, synced: datetime | None = SYNCED, now: datetime = NOW, zone: str | None = "UTC"
) -> Engine:
    """What is answered at an instant about a record that was complete at another."""
    return Engine(
        opened(runs), now=now, settings=Tuning(runner_timezone=zone), freshness=Freshness(data_as_of=synced)
    )


def test_three_days_without_a_sync_are_not_a_broken_streak() -> None:
    """430 days up to the last sync stay 430 days, with their date; the words say that later runs are not in it."""
    streak = asked(each_day(FIRST, date(2026, 11, 22))).streak()
    assert streak.current is not None
    assert ("unknown", 430, date(2026, 11, 22)) == (streak.state, streak.current.length_days, streak.as_of)
    assert "as of 2026-11-22 (3 days old): 430 days; runs since then are not in it" == stale_words(streak)


def test_a_streak_that_was_broken_by_then_has_no_length() -> None:
    """What is known to be broken does not come back because the sync is late."""
    streak = asked(each_day(FIRST, date(2026, 11, 20))).streak()
    assert ("unknown", None, date(2026, 11, 22)) == (streak.state, streak.current, streak.as_of)


def test_yesterday_decides_and_today_does_not() -> None:
    """Before the night's sync has run, yesterday evening's run may be missing; after it, it is known to be."""
    runs = each_day(FIRST, date(2026, 11, 21))
    at_night = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert "unknown" == asked(runs, synced=SYNCED, now=at_night).streak().state
    assert (
        "broken" == asked(runs, synced=datetime(2026, 11, 23, 0, 0, tzinfo=UTC), now=at_night).streak().state
    )
    assert "at_risk" == asked(runs, now=datetime(2026, 11, 22, 23, tzinfo=UTC)).streak().state
    assert "broken" == asked(runs, synced=None).streak().state


def test_every_place_where_a_streak_stands_says_so() -> None:
    """Status, the list of streaks, calendar, day and layers agree with the streak."""
    answers = asked(each_day(FIRST, date(2026, 11, 22)))
    status, [listed] = answers.status(), answers.streaks().items
    assert ("unknown", 430, date(2026, 11, 22), True) == (
        status.state, status.length_days, status.as_of, listed.is_current,
    )  # fmt: skip
    cells = {cell.date.day: cell.state for cell in answers.calendar(2026).days if cell.date.month == 11}
    assert ["run_day", "unknown", "unknown", "unknown"] == [cells[day] for day in (22, 23, 24, 25)]
    day = answers.day(date(2026, 11, 23))
    assert ("unknown", False) == (day.state, day.is_run_day)
    assert "Not known yet: the record is as of 2026-11-22 06:00 UTC, before this day had ended." == day.reason
    [layer] = answers.layers().items
    assert layer.current is not None
    assert ("unknown", 430, date(2026, 11, 22)) == (layer.state, layer.current.length, layer.as_of)
    assert ["unknown"] == [one.verdict for one in answers.explain_layers(date(2026, 11, 24)).items]
    later = answers.streak(as_of=date(2026, 11, 24))
    assert ("unknown", date(2026, 11, 22)) == (later.state, later.as_of)
    assert "at_risk" == answers.streak(as_of=date(2026, 11, 23)).state


def test_days_that_are_not_known_are_no_break() -> None:
    """A run of a watch that is years ahead makes no longest break out of what is still to come."""
    runs = [*each_day(date(2026, 11, 1), date(2026, 11, 20)), Stored(900, datetime(2027, 6, 1, 7))]  # noqa: DTZ001
    answers = asked(runs)
    [longest_break] = [item for item in answers.records().items if item.kind == "longest_break"]
    assert (1.0, "2026-11-21/2026-11-21") == (longest_break.value, longest_break.period)
    assert {None, 1} == {item.break_days for item in answers.streaks().items}


@pytest.mark.parametrize("ran_today", [True, False])
@pytest.mark.parametrize("ran_yesterday", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_there_are_four_states(ran_today: bool, ran_yesterday: bool, known: bool) -> None:
    """Each by the table of docs/numbers.md, from above."""
    expected = "done_today" if ran_today else "at_risk" if ran_yesterday else "broken" if known else "unknown"
    assert expected == decide_state(
        ran_today=ran_today, ran_yesterday=ran_yesterday, yesterday_is_known=known
    )


@examples(15)
@given(
    days=st.sets(st.integers(-6, 0), max_size=6),
    zone=st.sampled_from(ZONES),
    hours_ago=st.integers(0, 120),
    minute=st.integers(0, 24 * 60 - 1),
    base=st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 5, 10)]),
)
def test_the_state_is_that_of_the_document(
    days: set[int], zone: str, hours_ago: int, minute: int, base: date
) -> None:
    """In any zone, over nights with 23 and 25 hours, beside the date line, at any minute."""
    now = datetime.combine(base, datetime.min.time(), UTC) + timedelta(minutes=minute)
    synced = now - timedelta(hours=hours_ago)
    place = ZoneInfo(zone)
    today, reached = now.astimezone(place).date(), synced.astimezone(place).date()
    run_days = {today + number * DAY for number in days}
    runs = [
        Stored(number, datetime.combine(day, datetime.min.time()))
        for number, day in enumerate(sorted(run_days))
    ]
    last = next((day for day in (today, today - DAY) if day in run_days), None)
    state = "broken" if reached > today - DAY else "unknown"
    if last is not None:
        state = "done_today" if last == today else "at_risk"
    # A run dated a day ahead of the sync's day means that it was that day where the runner was.
    then = reached + DAY if reached + DAY in run_days and state == "unknown" else reached
    if state == "unknown":
        last = next((day for day in (then, then - DAY) if day in run_days), None)
    length = 0
    while last is not None and last - length * DAY in run_days:
        length += 1
    answers = asked(runs, synced=synced, now=now, zone=zone)
    streak, [layer] = answers.streak(), answers.layers().items
    found = streak.current.length_days if streak.current else 0
    assert (state, length) == (streak.state, found)
    assert (then if state == "unknown" else today) == streak.as_of == layer.as_of
    assert {"done_today": "done"}.get(state, state) == layer.state
    assert length == (layer.current.length if layer.current else 0)


def quarantined(answers_of: list[Stored], *raw: str) -> Engine:
    """A record with runs and with records that wait."""
    connection = opened(answers_of)
    for number, text in enumerate(raw):
        connection.execute(
            "INSERT INTO quarantine VALUES (?, NULL, 'a reason', ?, 'extended', TIMESTAMP '2026-11-01', 1)",
            [str(number), text],
        )
    return Engine(
        connection, now=NOW, settings=Tuning(runner_timezone="UTC"), freshness=Freshness(data_as_of=NOW)
    )


def test_a_record_that_waits_is_told_with_its_day() -> None:
    """The day and the streak beside it say so, whatever else the record's text is."""
    runs = [
        *each_day(date(2026, 11, 1), date(2026, 11, 10)),
        *each_day(date(2026, 11, 12), date(2026, 11, 25)),
    ]
    runs = [Stored(number, one.start_local) for number, one in enumerate(runs)]
    answers = quarantined(
        runs,
        '{"activityId": 1, "startDateTimeLocal": "2026-11-11T07:00:00+01:00", "distance": "far"}',
        '{"notes": "a raw \x01", "startDateTimeLocal" : "2026-11-11T09',
        '{"startDateTimeLocal": "2026-13-45T07:00:00"}',
        "no JSON",
    )
    day, streak = answers.day(date(2026, 11, 11)), answers.streak()
    assert (2, False) == (day.waiting, day.is_run_day)
    assert "2 records of this day wait in quarantine (`myrunstreak quarantine list`)." in day.reason
    assert [date(2026, 11, 11)] == streak.waiting
    assert (0, []) == (answers.day(date(2026, 11, 10)).waiting, quarantined(runs).streak().waiting)


def test_an_unset_zone_is_told_beside_the_answer() -> None:
    """With the offset that stands in for it, never a suspect one; a zone that is set is only named."""
    honest = Stored(1, datetime(2026, 11, 21, 7), utc_offset_minutes=60)  # noqa: DTZ001
    suspect = Stored(2, datetime(2026, 11, 22, 7), utc_offset_minutes=900, offset_suspect=True)  # noqa: DTZ001
    unset, set_ = asked([honest, suspect], zone=None), asked([honest], zone="Europe/Amsterdam")
    for answer in (unset.streak(), unset.layers()):
        assert ("UTC+01:00, from the latest run", False) == (answer.timezone, answer.timezone_is_set)
    for answer in (set_.streak(), set_.layers()):
        assert ("Europe/Amsterdam", True) == (answer.timezone, answer.timezone_is_set)
    assert (False, True) == (unset.status().timezone_is_set, set_.status().timezone_is_set)

"""Who is due when: each hour of each runner's day in one window, through all that clocks and dispatches do."""

from __future__ import annotations

import itertools
import zoneinfo
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.club.dispatch import HOURS, PERIOD, SPREAD, Dispatched, Due, due, messages_of, spread_s
from myrunstreak.contract.club import Runner, new_runner_id
from myrunstreak.contract.club_events import SyncMessage
from myrunstreak.store.blobs.local import LocalBlobs

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
# Half hours, quarters, both sides of the date line, no summer time, and one that left out a day.
ODD_ZONES = (
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "UTC",
)

zones = st.sampled_from(sorted({*ODD_ZONES, *zoneinfo.available_timezones()} - {"localtime"}))
instants = st.datetimes(datetime(1995, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def member(zone: str = "UTC", **fields: object) -> Runner:
    """A runner in a zone."""
    return Runner.model_validate(
        {"id": new_runner_id(), "name": "Kim", "timezone": zone, "added_at": NOON} | fields
    )


def windows(since: datetime, lengths: Sequence[timedelta]) -> list[tuple[datetime, datetime]]:
    """Windows that follow each other."""
    edges = [since]
    for length in lengths:
        edges.append(edges[-1] + length)
    return list(itertools.pairwise(edges))


@given(zone=zones, since=instants, lengths=st.lists(st.timedeltas(timedelta(seconds=1), timedelta(hours=7))))
def test_windows_that_follow_each_other_find_each_hour_once(
    zone: str, since: datetime, lengths: list[timedelta]
) -> None:
    """None twice, and none left out: they find what one look over everything, hour by hour, finds."""
    runner = member(zone)
    found = [one.at for a, b in windows(since, lengths) for one in due([runner], a, b)]
    until = since + sum(lengths, timedelta())
    assert found == expected(runner, since, until)


def expected(runner: Runner, since: datetime, until: datetime) -> list[datetime]:
    """Each hour of each day of the runner's clock, as an instant: where two fall together, one."""
    day, last = since.date() - timedelta(days=3), until.date() + timedelta(days=3)
    found: set[datetime] = set()
    while day <= last:
        for hour in HOURS:
            at = datetime.combine(day, time(hour), ZoneInfo(runner.timezone)).astimezone(UTC)
            found.add(at + timedelta(seconds=spread_s(runner.id)))
        day += timedelta(days=1)
    return sorted(at for at in found if since < at <= until)


@given(zone=zones, day=st.dates(date(1995, 1, 3), date(2036, 12, 28)))
def test_every_day_of_a_runners_clock_has_a_sync(zone: str, day: date) -> None:
    """Days of 23 and 25 hours, too."""
    start = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    assert start == end or due([member(zone)], start, end)


@given(zone=zones, since=instants, length=st.timedeltas(timedelta(hours=25), timedelta(days=30)))
def test_after_a_long_pause_a_runner_is_due_once(zone: str, since: datetime, length: timedelta) -> None:
    """Not once for each hour that was missed; and since the last of them."""
    [found] = due([runner := member(zone)], since, since + length)
    assert found.at == expected(runner, since, since + length)[-1]


@given(zone=zones, since=instants)
def test_a_runner_is_due_in_the_hour_after_the_sync_hour(zone: str, since: datetime) -> None:
    """By the runner's own clock, unless that leaps meanwhile."""
    [found] = due([member(zone)], since, since + timedelta(hours=25))
    local = (found.at - timedelta(hours=1)).astimezone(ZoneInfo(zone)), found.at.astimezone(ZoneInfo(zone))
    if local[0].utcoffset() == local[1].utcoffset():
        midnight = datetime.combine(local[1].date(), time(), ZoneInfo(zone))
        is_after = [0 <= (local[1] - midnight.replace(hour=hour)).total_seconds() < 3600 for hour in HOURS]
        assert any(is_after)


def test_the_hour_is_spread_evenly() -> None:
    """A thousand runners of one zone: no quarter of the hour has much more than a quarter of them."""
    quarters = Counter(spread_s(new_runner_id()) // 900 for _ in range(1000))
    assert {0, 1, 2, 3} == set(quarters)
    assert max(quarters.values()) < 400


def test_a_runner_keeps_their_minute() -> None:
    """The hash of an id is the same in every process: a message a day, about 24 hours apart."""
    assert 227 == spread_s("0" * 26)


def test_who_has_left_is_not_due() -> None:
    """Their record is being removed."""
    left = member(left_at=NOON)
    assert [] == due([left], NOON - timedelta(days=1), NOON)


def test_the_earliest_come_first() -> None:
    """So that a pause is caught up with in order."""
    found = due([member(zone) for zone in ODD_ZONES], NOON - timedelta(days=1), NOON)
    assert len(ODD_ZONES) == len(found)
    assert found == sorted(found, key=lambda one: one.at)


def test_messages_are_spread_over_the_period() -> None:
    """A delay below fifteen minutes, and what is asked is an ordinary sync."""
    runners = [member() for _ in range(100)]
    sent = list(messages_of(Due(one, NOON) for one in runners))
    assert max(one.delay_s for one in sent) < PERIOD.total_seconds() <= 900
    assert len({one.delay_s for one in sent}) > 50
    [first, *_] = sent
    assert isinstance(first.message, SyncMessage)
    assert (runners[0].id, NOON.isoformat()) == (first.message.runner, first.message.sync.scheduled_time)


# -- the note -----------------------------------------------------------------------------------------


@pytest.fixture
def dispatched(tmp_path: Path) -> Dispatched:
    """A club's note."""
    return Dispatched(LocalBlobs(tmp_path))


def test_the_first_window_is_a_period(dispatched: Dispatched) -> None:
    """A new club does not sync all runners at once."""
    window = dispatched.window(NOON)
    assert (NOON - PERIOD, NOON) == (window.since, window.until)


def test_a_window_begins_where_the_last_one_ended(dispatched: Dispatched) -> None:
    """However late the schedule is."""
    assert dispatched.note(dispatched.window(NOON))
    assert NOON == dispatched.window(NOON + timedelta(minutes=17)).since


def test_a_window_that_was_not_noted_comes_again(dispatched: Dispatched) -> None:
    """A crash between sending and noting: messages come twice, and no runner is left out."""
    dispatched.note(dispatched.window(NOON))
    dispatched.window(NOON + PERIOD)
    assert NOON == dispatched.window(NOON + 2 * PERIOD).since


def test_after_days_without_a_dispatch_everybody_is_due_once(dispatched: Dispatched) -> None:
    """The window holds an hour of each of them."""
    dispatched.note(dispatched.window(NOON - timedelta(days=9)))
    window = dispatched.window(NOON)
    runners = [member(zone) for zone in ODD_ZONES for _ in range(9)]
    assert len(runners) == len(due(runners, window.since, window.until))


def test_a_note_of_a_clock_that_was_ahead_stops_nobody(dispatched: Dispatched) -> None:
    """Until the clock came there, no runner would be synced."""
    dispatched.note(dispatched.window(NOON + timedelta(days=40)))
    window = dispatched.window(NOON)
    assert (NOON - PERIOD, NOON) == (window.since, window.until)
    assert dispatched.note(window)
    assert NOON == dispatched.window(NOON + PERIOD).since


def test_a_damaged_note_is_no_note(dispatched: Dispatched, tmp_path: Path) -> None:
    """And is replaced."""
    (tmp_path / "dispatched.json").write_text("{")
    window = dispatched.window(NOON)
    assert NOON - PERIOD == window.since
    assert dispatched.note(window)


def test_of_two_dispatches_at_once_one_notes(dispatched: Dispatched) -> None:
    """The other knows that what it sent was sent twice."""
    dispatched.note(dispatched.window(NOON - PERIOD))
    one, other = dispatched.window(NOON), dispatched.window(NOON + timedelta(seconds=1))
    assert dispatched.note(one)
    assert not dispatched.note(other)
    assert NOON == dispatched.window(NOON + PERIOD).since


@given(now=instants, steps=st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(days=2)), st.booleans())))
def test_no_window_leaves_a_gap(now: datetime, steps: list[tuple[timedelta, bool]]) -> None:
    """Any dispatches may crash before the note: what was sent reaches back to the last note, or a whole day."""
    folder = _Memory()
    dispatched, noted = Dispatched(folder), None  # pyright: ignore[reportArgumentType]
    for step, is_noted in steps:
        now += step
        window = dispatched.window(now)
        assert window.until == now
        if noted is not None:
            assert window.since <= max(noted, now - timedelta(hours=24))
        if is_noted:
            assert dispatched.note(window)
            noted = now


class _Memory:
    """A folder in memory, for one writer."""

    def __init__(self) -> None:
        self.content: bytes | None = None

    def fetch(self, name: str, to: Path, known: object = None) -> object:
        """The note."""
        if self.content is not None:
            to.write_bytes(self.content)
        return self.content

    def write(self, name: str, source: Path, expected: object) -> None:
        """Replace the note."""
        assert expected == self.content
        self.content = source.read_bytes()


def test_the_spread_fits_between_two_hours() -> None:
    """Else one hour's runners would be due after the next one's."""
    assert timedelta(hours=min(b - a for a, b in itertools.pairwise(HOURS))) > SPREAD

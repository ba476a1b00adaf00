"""Look first, then speak: a simulated Smashrun over real HTTP, a real record, and channels that keep what they get."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError, SourceUnavailable, StoreUnavailable
from myrunstreak.messages.marks import SentMarks
from myrunstreak.messages.messenger import Messenger, Told
from myrunstreak.store.blobs import open_blobs

from tests.stage.channels import Kept
from tests.stage.page_site import make_files
from tests.stage.runs import Stored, put

EVENING = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)  # 18:30 in Amsterdam
TODAY = date(2026, 11, 27)
YESTERDAY = TODAY - timedelta(days=1)


def a_run(number: int, day: date, km: float = 6.5) -> Stored:
    """A run in the morning."""
    return Stored(number, datetime(day.year, day.month, day.day, 7, 12), distance_km=km)  # noqa: DTZ001


def a_streak(days: int, ends: date = YESTERDAY) -> list[Stored]:
    """A run on each day up to one."""
    return [a_run(number, ends - timedelta(days=days - 1 - number)) for number in range(days)]


@dataclass
class Stage:
    """A record on disk, what a look at Smashrun does to it, and two channels."""

    settings: Settings
    now: datetime = EVENING
    looks: int = 0
    on_look: Callable[[], object] = lambda: None
    error: MyRunStreakError | None = None
    channels: list[Kept] = field(default_factory=lambda: [Kept("mail"), Kept("ntfy 1")])

    def look(self) -> datetime | None:
        """Ask Smashrun: the record is as Smashrun knows it afterwards, or the error."""
        self.looks += 1
        self.on_look()
        if self.error is not None:
            raise self.error
        self.note(self.now)
        return self.now

    def note(self, data_as_of: datetime) -> None:
        """What a complete sync writes beside the database."""
        freshness = Freshness(data_as_of=data_as_of, last_success_at=data_as_of)
        file = Path(self.settings.duckdb_path).with_name("freshness.json")
        file.write_text(freshness.model_dump_json(), encoding="utf-8")

    def add(self, *runs: Stored) -> None:
        """Publish a record with these runs too."""
        import duckdb

        with duckdb.connect(self.settings.duckdb_path) as connection:
            put(runs, connection)

    def tell(self, kind: Any = "reminder", scheduled: datetime | None = None) -> Told:
        """One start."""
        marks = SentMarks(
            open_blobs(self.settings.messages, "us-east-2"), clock=lambda: self.now, sleep=lambda _: None
        )
        messenger = Messenger(self.settings, self.look, self.channels, marks, lambda: self.now)
        return messenger.tell(kind, scheduled)

    @property
    def titles(self) -> list[str]:
        """What the mail has got."""
        return [one.title for one in self.channels[0].taken]


def stage(folder: Path, runs: list[Stored], *, seen: datetime | None = None, **choices: Any) -> Stage:
    """A record of these runs."""
    file = make_files(folder, runs)
    defaults: dict[str, Any] = {"runner_timezone": "Europe/Amsterdam", "remind_at": "18:30,21:30"}
    settings = Settings(duckdb_path=str(file), **(defaults | choices))
    made = Stage(settings)
    made.note(seen or EVENING - timedelta(hours=11))
    return made


def test_an_open_day_is_told_after_a_look(tmp_path: Path) -> None:
    """With what is missing, until when, and since when that is known; to every channel."""
    evening = stage(tmp_path, a_streak(12), streak_min_distance="mile")
    told = evening.tell(scheduled=EVENING)
    assert (True, "at_risk", 1, "today is still open") == (
        told.is_sent,
        told.state,
        evening.looks,
        told.reason,
    )
    (message,) = evening.channels[1].taken
    assert "Day 13 is still open" == message.title
    assert "1.61 km by midnight, 5 h 30 min left.\nAs Smashrun knew it at 18:30." == message.text


def test_a_run_that_the_look_finds_is_reason_for_silence(tmp_path: Path) -> None:
    """It was done meanwhile."""
    evening = stage(tmp_path, a_streak(12))
    evening.on_look = lambda: evening.add(a_run(100, TODAY))
    told = evening.tell(scheduled=EVENING)
    assert (False, "done_today", "today is done", []) == (
        told.is_sent,
        told.state,
        told.reason,
        evening.titles,
    )


def test_what_was_seen_as_done_a_moment_ago_is_not_looked_at_again(tmp_path: Path) -> None:
    """Fresh enough and done; the same some hours later is looked at, because runs can be deleted."""
    evening = stage(tmp_path, a_streak(12, TODAY), seen=EVENING - timedelta(minutes=5))
    assert (False, 0) == (evening.tell().is_sent, evening.looks)
    evening.note(EVENING - timedelta(hours=3))
    assert (False, 1) == (evening.tell().is_sent, evening.looks)


MORNING = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)  # a Monday, half past seven in Amsterdam


@pytest.mark.parametrize(
    ("now", "days", "seen_before", "looks"),
    [
        (
            MORNING,
            12,
            timedelta(hours=1),
            1,
        ),  # the week is due, and the daily sync of an hour ago may have missed a run
        (MORNING, 12, timedelta(minutes=14), 0),
        (MORNING + timedelta(days=1), 12, timedelta(hours=1), 0),  # nothing is due
        (MORNING + timedelta(days=1), 12, timedelta(hours=8), 1),  # yesterday is not known to its end
        (MORNING + timedelta(days=1), 29, timedelta(hours=1), 1),  # today can be day 30
        (MORNING + timedelta(days=1), 30, timedelta(hours=1), 1),  # yesterday was
        (MORNING + timedelta(days=1), 31, timedelta(hours=1), 0),
    ],
)
def test_a_morning_looks_where_something_may_be_due(
    tmp_path: Path, now: datetime, days: int, seen_before: timedelta, looks: int
) -> None:
    """And not on the other mornings: what is known says that there is nothing to say."""
    yesterday = now.date() - timedelta(days=1)
    morning = stage(tmp_path, a_streak(days, yesterday), seen=now - seen_before)
    morning.now = now
    morning.tell("digest")
    assert looks == morning.looks


def test_an_open_day_is_looked_at_however_fresh_the_record_is(tmp_path: Path) -> None:
    """A run may have come a minute ago."""
    evening = stage(tmp_path, a_streak(12), seen=EVENING - timedelta(minutes=1))
    assert (True, 1) == (evening.tell().is_sent, evening.looks)


def test_an_outage_is_told_as_what_it_is(tmp_path: Path) -> None:
    """Since when nothing is known; the streak is not called open."""
    evening = stage(tmp_path, a_streak(12))
    evening.error = SourceUnavailable("Smashrun does not answer")
    told = evening.tell(scheduled=EVENING)
    assert (True, "unknown", "Smashrun cannot be seen") == (told.is_sent, told.state, told.reason)
    (message,) = evening.channels[0].taken
    assert "I cannot see Smashrun: day 13 may still be open" == message.title
    assert message.text.startswith("I last saw it at 07:30: you had not run today by then.")


def test_an_outage_on_a_day_that_is_done_is_reason_for_silence(tmp_path: Path) -> None:
    """Never a reminder when done."""
    evening = stage(tmp_path, a_streak(12, TODAY))
    evening.error = SourceUnavailable("Smashrun does not answer")
    assert (False, "today is done") == ((told := evening.tell()).is_sent, told.reason)


def test_a_look_that_fails_beside_one_that_succeeds_has_seen(tmp_path: Path) -> None:
    """Two syncs at once: the other one has published what Smashrun knows."""
    evening = stage(tmp_path, a_streak(12))
    evening.error = StoreUnavailable("another one was first")
    evening.on_look = lambda: evening.note(EVENING + timedelta(seconds=1))
    assert "at_risk" == evening.tell().state
    assert ["Day 13 is still open"] == evening.titles


def test_a_look_that_does_not_reach_the_end_has_not_seen(tmp_path: Path) -> None:
    """Four requests were not enough: the record is what it was."""
    evening = stage(tmp_path, a_streak(12))
    evening.look = lambda: None  # type: ignore[method-assign]
    assert "unknown" == evening.tell().state


def test_a_record_older_than_the_look_is_no_view_of_it(tmp_path: Path) -> None:
    """Storage that answers with what it had before must not make a done day an open one."""
    evening = stage(tmp_path, a_streak(12))
    evening.look = lambda: EVENING  # type: ignore[method-assign]
    assert ("unknown", "Smashrun cannot be seen") == ((told := evening.tell()).state, told.reason)


def test_a_bug_in_the_look_is_no_reason_for_silence(tmp_path: Path) -> None:
    """An error that is none of ours counts as an outage."""
    evening = stage(tmp_path, a_streak(12))

    def fail() -> None:
        raise ZeroDivisionError

    evening.on_look = fail
    assert (True, "unknown") == ((told := evening.tell()).is_sent, told.state)


@pytest.mark.parametrize("damage", [b"", b"no database", b"\0" * 5000])
def test_a_record_that_cannot_be_read_is_told(tmp_path: Path, damage: bytes) -> None:
    """The runner has to know before midnight; the sync's own alarms say why."""
    evening = stage(tmp_path, a_streak(12))
    Path(evening.settings.duckdb_path).write_bytes(damage)
    told = evening.tell(scheduled=EVENING)
    assert (True, "unknown", "the record cannot be read") == (told.is_sent, told.state, told.reason)
    assert ["I cannot read your runs: your streak may be at risk"] == evening.titles
    evening.now = EVENING + timedelta(hours=7)
    late = evening.tell(scheduled=EVENING)
    assert (False, "the day of this reminder is over") == (late.is_sent, late.reason)
    with pytest.raises(MyRunStreakError):
        evening.tell("digest")


def test_without_a_record_or_a_streak_there_is_nothing_to_lose(tmp_path: Path) -> None:
    """No database, no run, a streak that has ended."""
    for folder in "abc":
        (tmp_path / folder).mkdir()
    nothing = stage(tmp_path / "a", [])
    Path(nothing.settings.duckdb_path).unlink()
    ended = stage(tmp_path / "b", a_streak(5, YESTERDAY - timedelta(days=1)))
    empty = stage(tmp_path / "c", [])
    assert ["there is no record yet", "there is no streak to lose", "there is no streak to lose"] == [
        one.tell().reason for one in (nothing, ended, empty)
    ]


def test_each_time_of_the_evening_speaks_once(tmp_path: Path) -> None:
    """Twice delivered, an hour late, by hand in between, and after midnight."""
    evening = stage(tmp_path, a_streak(12))
    for minutes, scheduled in ((0, EVENING), (1, EVENING), (60, EVENING), (75, None)):
        evening.now = EVENING + timedelta(minutes=minutes)
        evening.tell(scheduled=scheduled)
    assert 1 == len(evening.titles)
    evening.now = EVENING + timedelta(hours=3, minutes=2)
    evening.tell(scheduled=EVENING + timedelta(hours=3))
    assert 2 == len(evening.titles)
    evening.now = EVENING + timedelta(hours=5, minutes=31)
    late = evening.tell(scheduled=EVENING + timedelta(hours=3))
    assert (2, "the day of this reminder is over") == (len(evening.titles), late.reason)


def test_a_run_that_arrives_between_look_and_send_is_found_by_the_next(tmp_path: Path) -> None:
    """What was sent says as of when it is known; at half past nine there is silence."""
    evening = stage(tmp_path, a_streak(12))
    first = evening.tell(scheduled=EVENING)
    evening.on_look = lambda: evening.add(a_run(100, TODAY))
    assert "As Smashrun knew it at 18:30." in first.text
    evening.now = EVENING + timedelta(hours=3)
    second = evening.tell(scheduled=evening.now)
    assert (True, False, "today is done") == (first.is_sent, second.is_sent, second.reason)


@pytest.mark.parametrize(
    ("runs", "title", "reason"),
    [
        ([], None, "there is no streak to lose"),
        ([a_run(1, TODAY)], None, "today is done"),
        ([a_run(1, YESTERDAY)], "Day 2 is still open", "today is still open"),
        ([a_run(1, TODAY + timedelta(days=30))], None, "there is no streak to lose"),
        ([a_run(1, YESTERDAY, 0.5)], None, "there is no streak to lose"),
        ([a_run(1, YESTERDAY), a_run(2, TODAY, 1.0)], "Day 2 is still open", "today is still open"),
        ([a_run(1, YESTERDAY), a_run(2, TODAY, 1.0), a_run(3, TODAY, 0.7)], None, "today is done"),
    ],
)
def test_the_first_days_of_a_streak(
    tmp_path: Path, runs: list[Stored], title: str | None, reason: str
) -> None:
    """Nothing to lose, the first day done, the second one open; runs too short, two together, one dated ahead."""
    evening = stage(tmp_path, runs, streak_min_distance="mile")
    told = evening.tell(scheduled=EVENING)
    assert (reason, [title] if title else []) == (told.reason, evening.titles)


def test_a_timer_that_makes_up_for_yesterday_says_nothing(tmp_path: Path) -> None:
    """The machine slept from the evening past midnight, or until the morning: Smashrun is not even asked."""
    night = stage(tmp_path, a_streak(12, TODAY))
    for hours in (7, 14, 23):  # 01:30, 08:30, 17:30
        night.now = EVENING + timedelta(hours=hours)
        told = night.tell()
        assert (False, "no reminder is due before 18:30", 0) == (told.is_sent, told.reason, night.looks)
    night.now = EVENING + timedelta(hours=24)
    assert night.tell().is_sent


def test_the_event_of_the_function_names_what_is_wrong() -> None:
    """An event that cannot be understood ends in one line."""
    from myrunstreak.contract.events import MessageEvent
    from myrunstreak.errors import InvalidSettings

    bad: list[dict[str, Any] | None] = [
        {},
        None,
        {"kind": "milestones"},
        {"kind": "digest", "time": 1},
        {"kind": "reminder", "scheduled_time": "soon"},
    ]
    for event in bad:
        with pytest.raises(InvalidSettings, match=r"^The message event.*Accepted: ") as caught:
            MessageEvent.parse(event)
        assert "\n" not in str(caught.value)
    parsed = MessageEvent.parse(json.loads('{"kind": "digest", "scheduled_time": "2026-11-27T06:30:00Z"}'))
    assert datetime(2026, 11, 27, 6, 30, tzinfo=UTC) == parsed.scheduled_time

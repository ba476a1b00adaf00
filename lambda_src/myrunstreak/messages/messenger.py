"""Looks, writes and sends: the one rule of every message."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from myrunstreak.contract.settings import Settings
from myrunstreak.errors import AnotherRegion, MyRunStreakError
from myrunstreak.instants import Clock
from myrunstreak.messages.channels import Channel
from myrunstreak.messages.delivery import Delivery, deliver
from myrunstreak.messages.look import Look
from myrunstreak.messages.marks import SentMarks
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.milestones import write_milestone
from myrunstreak.messages.reminder import write_blind_reminder, write_reminder
from myrunstreak.messages.slots import Slot, find_slot
from myrunstreak.messages.sun import find_sunset
from myrunstreak.messages.view import View
from myrunstreak.messages.week import write_week
from myrunstreak.messages.year import write_year
from myrunstreak.page.numbers import find_layers, gather_numbers
from myrunstreak.page.questions import page_engine
from myrunstreak.redaction import redact
from myrunstreak.store.published import NothingPublished, PublishedDatabase, Reading

# What was seen so recently need not be looked at again.
FRESH: Final = timedelta(minutes=15)
# Where the runner was so lately, they still are.
_LATELY: Final = timedelta(days=14)

Kind = Literal["reminder", "digest", "milestone"]

_log = logging.getLogger(__name__)


@dataclass
class Told:
    """What became of one start.

    Attributes:
        state: how the streak stands.
        said: each message with what became of it.
        silences: why nothing more was said.
        problem: why Smashrun could not be seen, for the operator; no message holds it.
    """

    state: str = "unknown"
    said: list[tuple[Message, Delivery]] = field(default_factory=list[tuple[Message, Delivery]])
    silences: list[str] = field(default_factory=list[str])
    problem: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether a channel has taken a message now."""
        return any(delivery.sent for _, delivery in self.said)

    @property
    def failures(self) -> dict[str, str]:
        """Why a channel has not taken a message, by channel."""
        return {name: why for _, delivery in self.said for name, why in delivery.failed.items()}

    @property
    def unheard(self) -> int:
        """Messages for which there is no channel at all."""
        return sum(delivery == Delivery() for _, delivery in self.said)

    @property
    def text(self) -> str:
        """What is said."""
        return "\n\n".join(message.whole for message, _ in self.said)

    @property
    def reason(self) -> str:
        """Why something was said, or nothing."""
        reasons = [_reason(message, delivery) for message, delivery in self.said] or self.silences
        return "; ".join(dict.fromkeys(reasons))


@dataclass(frozen=True)
class Messenger:
    """Tells the runner what is due.

    Attributes:
        look: asks Smashrun.
        channels: the ways to the runner.
        marks: what was sent.
        memory_mb: the process's memory, where it is limited.
    """

    settings: Settings
    look: Look
    channels: Sequence[Channel]
    marks: SentMarks
    clock: Clock
    memory_mb: int | None = None

    def tell(self, kind: Kind, scheduled: datetime | None = None) -> Told:
        """Look at Smashrun, write what is due, and send it to each channel that has not got it yet.

        Args:
            scheduled: the instant for which the start was meant, aware; None: not known, as from a timer of this machine,
                which makes up for the times that it has slept through.

        Raises:
            MyRunStreakError: the record cannot be read, and the message is one that needs it.
        """
        told = Told()
        for draft in self._drafts(kind, scheduled, told):
            told.state = draft.state
            if isinstance(draft, Silence):
                told.silences.append(draft.why)
            else:
                told.said.append((draft, deliver(draft, self.channels, self.marks, self.clock)))
        return told

    def _drafts(self, kind: Kind, scheduled: datetime | None, told: Told) -> list[Message | Silence]:
        started = self.clock()
        if scheduled is None and kind == "reminder" and (first := self._first_time(started)):
            return [Silence(f"no reminder is due before {first}", "unknown")]
        with closing(PublishedDatabase(self.settings, memory_mb=self.memory_mb)) as record:
            try:
                # Where this look failed, another sync may have succeeded meanwhile.
                seen = self._see(kind, scheduled, record, told) or started
                with record.read() as reading:
                    return self._write(kind, scheduled, reading, seen)
            except NothingPublished:
                return [Silence("there is no record yet", "unknown")]
            except AnotherRegion:
                return [Silence("another region keeps the record, and tells the runner", "unknown")]
            except MyRunStreakError as error:
                if kind != "reminder":
                    raise
                # The sync alarms about the record; the runner has to know before midnight.
                _log.warning("The record cannot be read: %s", redact(str(error)))
                slot = self._slot(scheduled, self._zone())
                if slot.is_over(self.clock()):
                    return [Silence("the day of this reminder is over", "unknown")]
                return [write_blind_reminder(slot)]

    def _see(
        self, kind: Kind, scheduled: datetime | None, record: PublishedDatabase, told: Told
    ) -> datetime | None:
        """Look at Smashrun where the record does not say already what is to be known; up to when it was seen.

        Any failure of the looking is said by the message, not raised: the sync's own alarm tells of it.

        Raises:
            AnotherRegion: another region keeps the record.
        """
        try:
            with record.read() as reading:
                view = make_view(reading, self.settings, self.clock())
                data_as_of = view.facts.data_as_of
                is_fresh = data_as_of is not None and view.now - data_as_of < FRESH
                if is_fresh and (kind != "reminder" or view.standing.state == "done_today"):
                    return data_as_of
                if kind != "reminder" and not self._may_be_due(kind, scheduled, reading, view):
                    return data_as_of
        except MyRunStreakError:
            pass  # the sync may mend it, and reading it again says what is wrong
        try:
            return self.look()
        except AnotherRegion:
            raise
        except MyRunStreakError as error:
            told.problem = redact(str(error))
            _log.warning("Smashrun cannot be seen: %s", told.problem)
        except Exception as error:
            told.problem = type(error).__name__
            _log.warning("Smashrun cannot be seen", exc_info=True)
        return None

    def _may_be_due(self, kind: Kind, scheduled: datetime | None, reading: Reading, view: View) -> bool:
        """Whether a look could find something to say: on most mornings there is nothing, and a sync is saved."""
        data_as_of, zone = view.facts.data_as_of, view.facts.zone
        if data_as_of is None or data_as_of.astimezone(zone).date() < self._slot(scheduled, zone).day:
            return True
        drafts = self._write(kind, scheduled, reading, data_as_of)
        return any(isinstance(draft, Message) for draft in drafts)

    def _write(
        self, kind: Kind, scheduled: datetime | None, reading: Reading, seen: datetime
    ) -> list[Message | Silence]:
        now = self.clock()
        view = make_view(reading, self.settings, now, seen)
        slot = self._slot(scheduled, view.facts.zone)
        if kind == "reminder":
            return [write_reminder(view, slot)]
        if kind == "milestone":
            return [write_milestone(view, slot)]
        engine = page_engine(reading, self.settings, now)
        numbers = gather_numbers(engine, view.facts.version, now)
        return [
            write_milestone(view, slot),
            write_week(engine, numbers, view, slot, self.settings.week_start),
            write_year(engine, numbers, view, slot),
        ]

    def _first_time(self, now: datetime) -> str | None:
        """Today's first time of a reminder, where it is still to come: a start before it is yesterday's, late."""
        first = min(self.settings.reminder_times, default="")
        return first if f"{now.astimezone(self._zone()):%H:%M}" < first else None

    def _slot(self, scheduled: datetime | None, zone: tzinfo) -> Slot:
        return find_slot(scheduled or self.clock(), zone, self.settings.reminder_times)

    def _zone(self) -> tzinfo:
        """The runner's zone, as far as it is known without the record."""
        return ZoneInfo(self.settings.runner_timezone or "UTC")


def make_view(reading: Reading, settings: Settings, now: datetime, seen: datetime | None = None) -> View:
    """The record at an instant.

    Args:
        seen: up to when Smashrun was seen by the sync that has just looked: an older record does not show that; None:
            nothing has looked.
    """
    engine = page_engine(reading, settings, now)
    facts = engine.facts(reading.version.tag if reading.version else "")
    is_seen = seen is not None and facts.data_as_of is not None and facts.data_as_of >= seen
    answer = engine.streak()
    place = engine.last_start(answer.today - _LATELY)
    return View(
        facts,
        now,
        is_seen,
        waits_today=answer.today in answer.waiting,
        layers=find_layers(engine)[0],
        sunset=find_sunset(place, answer.today, facts.zone) if place else None,
    )


def _reason(message: Message, delivery: Delivery) -> str:
    if delivery.sent:
        return message.why
    if delivery.failed:
        return f"{message.why}, but nothing could be sent: " + "; ".join(
            f"{name}: {why}" for name, why in delivery.failed.items()
        )
    if delivery.late:
        return "its time was over before it could be sent"
    if delivery.already:
        return "it has been sent already"
    return f"{message.why}, but there is no channel: `myrunstreak message --add -` adds one"

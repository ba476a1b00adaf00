"""What the messages would say, from the record as it is: nothing is asked, sent or marked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Final

from myrunstreak.contract.settings import Settings
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.messenger import Kind, make_view
from myrunstreak.messages.milestones import tell_milestone
from myrunstreak.messages.reminder import write_reminder
from myrunstreak.messages.slots import find_slot
from myrunstreak.messages.view import View
from myrunstreak.messages.week import last_day_of_week, tell_week
from myrunstreak.messages.year import tell_year
from myrunstreak.page.milestones import next_milestones
from myrunstreak.page.numbers import gather_numbers
from myrunstreak.page.questions import page_engine
from myrunstreak.store.published import PublishedDatabase, Reading

# Where no time is set.
_EVENING: Final = time(18, 30)


@dataclass(frozen=True)
class Preview:
    """What would be said, and the instant at which; on the runner's clock."""

    at: datetime
    said: list[Message | Silence]


def preview(settings: Settings, kind: Kind, now: datetime) -> Preview:
    """This evening's reminder, the digest of the last week and year, or the next milestone's congratulations.

    Raises:
        MyRunStreakError: the record cannot be read.
    """
    with closing(PublishedDatabase(settings, memory_mb=None)) as record, record.read() as reading:
        view = make_view(reading, settings, now)
        view = replace(view, is_seen=view.facts.data_as_of is not None)
        local = now.astimezone(view.facts.zone)
        if kind == "reminder":
            return _preview_reminder(view, settings)
        if kind == "milestone":
            return Preview(local, [_preview_milestone(view)])
        return Preview(local, _preview_digest(reading, settings, view))


def _preview_reminder(view: View, settings: Settings) -> Preview:
    """As it would be if nothing new came until then."""
    local = view.now.astimezone(view.facts.zone)
    times = [time.fromisoformat(one) for one in settings.reminder_times] or [_EVENING]
    coming = (datetime.combine(local.date(), one, view.facts.zone) for one in times)
    evening = min((one for one in coming if one > view.now), default=local)
    slot = find_slot(evening, view.facts.zone, settings.reminder_times)
    return Preview(evening, [write_reminder(replace(view, now=evening), slot)])


def _preview_milestone(view: View) -> Message | Silence:
    standing = view.standing
    if standing.since is None:
        return Silence("there is no streak", view.state)
    coming = next_milestones(standing.since, standing.days)[0]
    return tell_milestone(view, find_slot(view.now, view.facts.zone), coming, coming.date)


def _preview_digest(reading: Reading, settings: Settings, view: View) -> list[Message | Silence]:
    if view.facts.first_day is None:
        return [Silence("there is no run yet", view.state)]
    engine = page_engine(reading, settings, view.now)
    numbers = gather_numbers(engine, view.facts.version, view.now)
    slot, today = find_slot(view.now, view.facts.zone), view.standing.today
    said: list[Message | Silence] = [
        tell_week(engine, numbers, view, slot, last_day_of_week(today, settings.week_start))
    ]
    if today.year - 1 in numbers.years:
        said.append(tell_year(engine, numbers, view, slot, today.year - 1))
    return said

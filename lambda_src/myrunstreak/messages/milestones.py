"""Milestones on the day: announced in the morning, congratulated on once done."""

from __future__ import annotations

from datetime import date, timedelta

from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.slots import Slot
from myrunstreak.messages.texts import html_text, plain_text
from myrunstreak.messages.view import View
from myrunstreak.page.milestones import Milestone, next_milestones


def write_milestone(view: View, slot: Slot) -> Message | Silence:
    """Congratulations on a milestone of today or, where it was done after the last morning, of yesterday."""
    standing = view.standing
    if slot.is_over(view.now):
        return Silence("the day of this message is over", view.state)
    if standing.since is None or standing.state not in {"done_today", "at_risk"}:
        return Silence("there is no streak", view.state)
    newest = standing.today if standing.state == "done_today" else standing.today - timedelta(days=1)
    # Yesterday's too, where today is done already; its occasion tells whether that was said.
    for back in range(1 + (standing.state == "done_today")):
        if milestone := _milestone_of(standing.since, standing.days - back):
            return tell_milestone(view, slot, milestone, newest - back * timedelta(days=1))
    coming = _milestone_of(standing.since, standing.days + 1)
    if coming and view.is_seen and standing.state == "at_risk":
        return tell_milestone(view, slot, coming, None)
    return Silence("today is no milestone", view.state)


def tell_milestone(view: View, slot: Slot, milestone: Milestone, done_on: date | None) -> Message:
    """The message of a milestone.

    Args:
        done_on: the day on which it was reached; None: today can be it.
    """
    facts, standing = view.facts, view.standing
    values = {
        "view": view,
        "facts": facts,
        "standing": standing,
        "milestone": milestone,
        "is_numbered": milestone.name.startswith("Day"),
        "done_on": done_on,
        "following": next_milestones(milestone_start(milestone), milestone.days)[0],
    }
    title, text = plain_text("milestone", **values)
    kind = "milestone" if done_on else "milestone-ahead"
    return Message(
        # By the streak and the day of it: a streak that begins anew has milestones of its own.
        slot=f"{kind}-{milestone_start(milestone)}-{milestone.days}",
        title=title,
        text=text,
        html=html_text("milestone", title=title, **values),
        expires_at=slot.ends_at,
        why=f"{milestone.name} is {'done' if done_on else 'today'}",
        state=view.state,
    )


def milestone_start(milestone: Milestone) -> date:
    """The first day of the streak that a milestone is of."""
    return milestone.date - timedelta(days=milestone.days - 1)


def _milestone_of(since: date, days: int) -> Milestone | None:
    """The milestone that a day of a streak is; None where it is none."""
    if days < 1:
        return None
    milestone = next_milestones(since, days - 1)[0]
    return milestone if milestone.days == days else None

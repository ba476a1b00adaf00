"""The reminder: today is still open, or it cannot be seen whether it is."""

from __future__ import annotations

from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.slots import Slot
from myrunstreak.messages.texts import plain_text
from myrunstreak.messages.view import View


def write_reminder(view: View, slot: Slot) -> Message | Silence:
    """What an evening's reminder says: nothing where today is done or no streak can be lost."""
    standing, facts = view.standing, view.facts
    if slot.is_over(view.now):
        return Silence("the day of this reminder is over", view.state)
    if standing.state == "done_today":
        return Silence("today is done", view.state)
    if standing.days == 0:
        return Silence("there is no streak to lose", view.state)
    seen = facts.data_as_of.astimezone(facts.zone) if facts.data_as_of else None
    title, text = plain_text(
        "reminder",
        view=view,
        facts=facts,
        standing=standing,
        number=standing.days + 1,
        seen=seen,
        seen_today=seen is not None and seen.date() == standing.today,
        km_today=facts.km_on(standing.today),
    )
    why = "today is still open" if view.is_seen else "Smashrun cannot be seen"
    return Message(slot.reminder, title, text, slot.ends_at, why, view.state)


def write_blind_reminder(slot: Slot) -> Message:
    """What the reminder says where the record itself cannot be read."""
    title, text = plain_text("blind")
    return Message(slot.reminder, title, text, slot.ends_at, "the record cannot be read", "unknown")

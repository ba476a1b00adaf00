"""The reminder: today is still open, or it cannot be seen whether it is."""

from __future__ import annotations

from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.slots import Slot
from myrunstreak.messages.texts import plain_text
from myrunstreak.messages.view import View
from myrunstreak.page.cards import layer_row


def write_reminder(view: View, slot: Slot) -> Message | Silence:
    """What an evening's reminder says: nothing where today is done or no streak can be lost.

    The runner's own streaks are reminded of where the streak of days is no more: those that allow a rest outlive it.
    """
    standing, facts = view.standing, view.facts
    if slot.is_over(view.now):
        return Silence("the day of this reminder is over", view.state)
    if standing.state == "done_today":
        return Silence("today is done", view.state)
    at_stake = [] if standing.days else view.layers_at_stake
    shown = at_stake or (view.layers_open if view.is_seen else [])
    if standing.days == 0 and not at_stake:
        why = "today may be a rest" if view.layers_open else "there is no streak to lose"
        return Silence(why, view.state)
    seen = facts.data_as_of.astimezone(facts.zone) if facts.data_as_of else None
    title, text = plain_text(
        "reminder",
        view=view,
        facts=facts,
        standing=standing,
        layer=at_stake[0] if at_stake else None,
        rows=[layer_row(one, facts.units) for one in shown],
        number=standing.days + 1,
        seen=seen,
        seen_today=seen is not None and seen.date() == standing.today,
        km_today=facts.km_on(standing.today),
    )
    why = "today is still open" if view.is_seen else "Smashrun cannot be seen"
    state = ("at_risk" if view.is_seen else "unknown") if at_stake else view.state
    return Message(slot.reminder, title, text, slot.ends_at, why, state)


def write_blind_reminder(slot: Slot) -> Message:
    """What the reminder says where the record itself cannot be read."""
    title, text = plain_text("blind")
    return Message(slot.reminder, title, text, slot.ends_at, "the record cannot be read", "unknown")

"""What is known when a message is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from myrunstreak.analytics.layers.models import LayerState
from myrunstreak.page.facts import Facts
from myrunstreak.page.standing import Standing, find_standing
from myrunstreak.page.words import freshness_line


@dataclass(frozen=True)
class View:
    """The record at an instant.

    Attributes:
        now: the instant, aware.
        is_seen: whether Smashrun has just been read to the end.
        waits_today: whether a run of today waits in quarantine: it is there, and it is not known whether it counts.
        layers: the runner's own streaks.
        sunset: today's, on the runner's clock; None where it is not known.
    """

    facts: Facts
    now: datetime
    is_seen: bool
    waits_today: bool = False
    layers: Sequence[LayerState] = ()
    sunset: datetime | None = None

    @cached_property
    def standing(self) -> Standing:
        """How the streak stands."""
        return find_standing(self.facts, self.now)

    @property
    def state(self) -> str:
        """How the streak stands; ``unknown`` where today is open and Smashrun cannot be seen."""
        return self.standing.state if self.is_seen or self.standing.state != "at_risk" else "unknown"

    @property
    def layers_open(self) -> list[LayerState]:
        """The runner's own streaks whose running day, week or month ends today and is not enough yet."""
        return [
            one
            for one in self.layers
            if one.current
            and one.period
            and one.period.days_left == 1
            and one.state in {"at_risk", "resting"}
        ]

    @property
    def layers_at_stake(self) -> list[LayerState]:
        """Those of the runner's own streaks that end tonight, or may; where a rest is left, none does."""
        return [one for one in self.layers_open if one.state == "at_risk"] + [
            one for one in self.layers if one.state == "unknown" and one.current
        ]

    @property
    def light(self) -> str:
        """When the sun sets or has set, as a sentence; empty where that is not known."""
        if self.sunset is None:
            return ""
        return f"Sunset {'was' if self.sunset <= self.now else 'is'} at {self.sunset:%H:%M}."

    def is_known(self, day: date) -> bool:
        """Whether a day's runs are all known: the day was over when Smashrun was last seen."""
        seen = self.facts.data_as_of
        return seen is not None and seen.astimezone(self.facts.zone).date() > day

    @property
    def calendar_day(self) -> date:
        """The first day that may still get a run: today, or the day on which Smashrun was last seen."""
        seen = self.facts.data_as_of
        return (
            min(self.standing.today, seen.astimezone(self.facts.zone).date()) if seen else self.standing.today
        )

    @property
    def known(self) -> str:
        """Up to when the record is Smashrun's, as a sentence."""
        line = freshness_line(self.facts, self.standing.today)
        return f"{line[0].upper()}{line[1:]}."

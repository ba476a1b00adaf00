"""What a layered streak is: small frozen records, one a streak, and the order in which they nest.

The rules, with worked examples, are in docs/streak-definitions.md; ``file`` reads them.
"""

from __future__ import annotations

from datetime import time
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from myrunstreak.contract.distances import spell_distance
from myrunstreak.contract.tuning import parse_minimum_km

Period = Literal["day", "week", "month"]
RestPer = Literal["week", "month", "year"]

MOST_DEFINITIONS: Final = 20
MOST_BYTES: Final = 64 * 1024


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Amount(_Record):
    """A distance in km or a time in seconds, and how the runner wrote it."""

    value: float
    text: str


class Each(_Record):
    """Which runs count: those that pass every condition given.

    Attributes:
        start_before: the wall clock that the run starts before.
        start_from: the wall clock that the run starts at or after.
    """

    distance: Amount | None = None
    duration: Amount | None = None
    start_before: time | None = None
    start_from: time | None = None

    def describe(self) -> str:
        """``of at least 5 mi, started before 07:00``; empty where every run counts."""
        least = " and ".join(amount.text for amount in (self.distance, self.duration) if amount)
        words = [
            f"of at least {least}" if least else "",
            f"started at {self.start_from:%H:%M} or later" if self.start_from else "",
            f"started before {self.start_before:%H:%M}" if self.start_before else "",
        ]
        return ", ".join(filter(None, words))


class Rest(_Record):
    """How many periods that do not qualify each week, month or year forgives."""

    periods: int
    per: RestPer


class Definition(_Record):
    """One streak: consecutive periods that each meet all the conditions given.

    Attributes:
        inside: the name of the streak whose days are this one's world; None: the whole record.
        runs: how many runs that count a period needs; at least one always.
        days: on how many different days.
    """

    name: str
    inside: str | None = None
    period: Period = "day"
    distance: Amount | None = None
    duration: Amount | None = None
    runs: int = 1
    days: int = 1
    each: Each = Each()
    rest: Rest | None = None

    @property
    def distance_km(self) -> float:
        """What the runs of a period have to add up to; 0 where any distance will do."""
        return self.distance.value if self.distance else 0.0

    @property
    def duration_s(self) -> float:
        """How long the runs of a period have to take together; 0 where any time will do."""
        return self.duration.value if self.duration else 0.0

    def describe(self) -> str:
        """The definition in words."""
        many = self.runs > 1 or not (self.distance or self.duration or self.days > 1)
        needs = [
            f"{self.runs} run{'s' if self.runs > 1 else ''}" if many else "",
            f"{self.days} days with a run" if self.days > 1 else "",
            f"{self.distance.text} in all" if self.distance else "",
            f"{self.duration.text} in all" if self.duration else "",
        ]
        which = self.each.describe()
        rest = ""
        if self.rest:
            unit = self.period if self.rest.periods == 1 else f"{self.period}s"
            rest = f"; {self.rest.periods} {unit} of rest a {self.rest.per}"
        return (
            f"every {self.period} at least {' and '.join(filter(None, needs))}"
            f"{f', from runs {which}' if which else ''}{rest}{f'; inside {self.inside}' if self.inside else ''}"
        )


class Definitions(_Record):
    """All of a runner's streaks, in the order of the file; names are unique and every parent is among them."""

    items: tuple[Definition, ...]

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """Read the text of a ``streaks.toml``.

        Args:
            where: the file or object, for messages.

        Raises:
            InvalidSettings: one line that says what is wrong, in which streak, and what is accepted.
        """
        from myrunstreak.analytics.layers.file import read_definitions

        return cls(items=read_definitions(text, where))

    @classmethod
    def default(cls, minimum: str) -> Self:
        """The runner's own day, where there is no file: ``minimum`` as in STREAK_MIN_DISTANCE.

        Raises:
            ValueError: minimum cannot be understood.
        """
        km = parse_minimum_km(minimum)
        distance = Amount(value=km, text=spell_distance(minimum)) if km else None
        return cls(items=(Definition(name="daily", distance=distance),))

    def parents_first(self) -> list[Definition]:
        """Every definition after the one that it is inside of."""
        placed: dict[str, Definition] = {}
        while len(placed) < len(self.items):
            ready = {
                streak.name: streak
                for streak in self.items
                if streak.name not in placed and (streak.inside is None or streak.inside in placed)
            }
            if not ready:
                raise ValueError("streaks that are inside each other")
            placed |= ready
        return list(placed.values())

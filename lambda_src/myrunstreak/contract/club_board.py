"""The club's board as it is kept: what the lake's writer makes, and what commands and API read."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict


class BoardRow(BaseModel):
    """A member that shares its days and has run: the columns of the board's statement.

    Attributes:
        metres: how far in all; None where the member shares only days.
    """

    model_config = ConfigDict(frozen=True)

    runner_id: str
    last_start: date
    last_end: date
    last_days: int
    longest_start: date
    longest_end: date
    longest_days: int
    run_days: int
    metres: int | None

    def goes_on(self, today: date) -> bool:
        """Whether the last streak is alive on the runner's present day: it ended neither before yesterday nor at all."""
        return self.last_end >= today - timedelta(days=1)


class Board(BaseModel):
    """The board.

    Attributes:
        made_at: when it was made, in UTC.
        minimum: the club's rule, as in CLUB_MIN_DISTANCE.
        rows: the longest present streak first; whether one still goes on is for the reader to say.
    """

    model_config = ConfigDict(frozen=True)

    made_at: datetime
    minimum: str
    rows: tuple[BoardRow, ...]

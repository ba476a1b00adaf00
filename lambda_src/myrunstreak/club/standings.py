"""How the members on the board stand today: each by the day of their own zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from myrunstreak.contract.club import Runner
from myrunstreak.contract.club_board import Board, BoardRow

State = Literal["ran today", "not yet today", "ended"]


@dataclass(frozen=True)
class Standing:
    """A member on the board, as of the present day in their own zone."""

    runner: Runner
    row: BoardRow
    today: date

    @property
    def state(self) -> State:
        """Whether the last streak is alive."""
        if self.row.last_end >= self.today:
            return "ran today"
        return "not yet today" if self.row.last_end >= self.today - timedelta(days=1) else "ended"

    def facts(self) -> dict[str, Any]:
        """As JSON. Without the runner's id, which is for their own keys."""
        row = self.row.model_dump(mode="json", exclude={"runner_id"})
        return {"name": self.runner.name, **row, "today": str(self.today), "state": self.state}


def standings(board: Board, runners: Iterable[Runner], now: datetime) -> list[Standing]:
    """Who is on the board and in the club: the streaks that are alive first, the longest of either first."""
    members = {one.id: one for one in runners if one.left_at is None}
    found = [
        Standing(runner, row, now.astimezone(ZoneInfo(runner.timezone)).date())
        for row in board.rows
        if (runner := members.get(row.runner_id)) is not None
    ]
    return sorted(found, key=lambda one: one.state == "ended")

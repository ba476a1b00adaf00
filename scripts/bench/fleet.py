"""``python -m scripts.bench.fleet``: what the schedule of a club asks of Smashrun, of workers and of a purse.

Days of dispatches by the very ``due`` that runs, over runners whose zones a seed draws: the same figures each time.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from myrunstreak.club.dispatch import PERIOD, due, spread_s
from myrunstreak.contract.club import Runner
from myrunstreak.contract.settings import SIGNS

from scripts.documents.club_costs import month

# Where runners live, in parts of a hundred: an assumption, since Smashrun says nothing of it.
ZONES: Final = {
    "America/New_York": 22,
    "America/Chicago": 13,
    "America/Denver": 4,
    "America/Los_Angeles": 12,
    "America/Toronto": 4,
    "America/Sao_Paulo": 3,
    "Europe/London": 10,
    "Europe/Berlin": 15,
    "Europe/Helsinki": 4,
    "Africa/Johannesburg": 2,
    "Asia/Kolkata": 3,
    "Asia/Singapore": 2,
    "Asia/Tokyo": 2,
    "Australia/Sydney": 3,
    "Pacific/Auckland": 1,
}
# Of a sync: what has changed, and which runs there are. Once a day two old pages are read again; a run is a page more and
# its details. As the simulator counts them, half a day apart.
REQUESTS: Final = 2
REQUESTS_OF_A_DAY: Final = 2
REQUESTS_OF_A_RUN: Final = 2
RUNS_A_DAY: Final = 1.0
SYNC_S: Final = 5.0

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """What a club of a size comes to.

    Attributes:
        per_hour, per_quarter: messages sent in each hour and quarter of an hour of the days looked at.
    """

    runners: int
    per_hour: list[int]
    per_quarter: list[int]

    @property
    def syncs_a_day(self) -> float:
        """Messages a day."""
        return sum(self.per_hour) / (len(self.per_hour) / 24)

    def requests(self, messages: float) -> float:
        """What so many syncs ask of Smashrun."""
        of_a_day = REQUESTS_OF_A_DAY + REQUESTS_OF_A_RUN * RUNS_A_DAY
        return messages * (REQUESTS + of_a_day * self.runners / self.syncs_a_day)

    @property
    def at_once(self) -> float:
        """Workers at work in the fullest quarter of an hour, over which messages are spread evenly."""
        return max(self.per_quarter) * SYNC_S / PERIOD.total_seconds()


def simulate(count: int, days: int, seed: int = 1) -> Figures:
    """Dispatch for a club of a size over so many days, a window a quarter of an hour."""
    random_ = random.Random(seed)
    zones = random_.choices([*ZONES], [*ZONES.values()], k=count)
    runners = [
        Runner(id="".join(random_.choices(SIGNS, k=26)), name=str(number), timezone=zone, added_at=_START)
        for number, zone in enumerate(zones)
    ]
    quarters = int(timedelta(days=1) / PERIOD) * days
    # When a message is seen: the window's end, and the delay that it was sent with.
    seen: Counter[int] = Counter()
    for number in range(quarters):
        until = _START + (number + 1) * PERIOD
        for one in due(runners, until - PERIOD, until):
            delay = spread_s(one.runner.id) % int(PERIOD.total_seconds())
            seen[int(((until - _START).total_seconds() + delay) // PERIOD.total_seconds())] += 1
    per_quarter = [seen[number] for number in range(1, quarters + 1)]
    per_hour = [sum(per_quarter[place : place + 4]) for place in range(0, quarters, 4)]
    return Figures(count, per_hour, per_quarter)


def table(all_figures: Sequence[Figures]) -> list[str]:
    """The figures as a Markdown table."""
    heads = ["what", *(f"{one.runners:,} runners" for one in all_figures)]
    rows = {
        "syncs a day": [f"{one.syncs_a_day:,.0f}" for one in all_figures],
        "messages in a quarter of an hour, at most": [f"{max(one.per_quarter):,}" for one in all_figures],
        "requests to Smashrun in an hour, at most": [
            f"{one.requests(max(one.per_hour)):,.0f}" for one in all_figures
        ],
        "requests to Smashrun in an hour, on average": [
            f"{one.requests(one.syncs_a_day / 24):,.0f}" for one in all_figures
        ],
        "requests to Smashrun in a second, at most": [
            f"{one.requests(max(one.per_quarter)) / PERIOD.total_seconds():,.2f}" for one in all_figures
        ],
        "workers at work at once, at most": [f"{one.at_once:,.1f}" for one in all_figures],
        "AWS, $ a month": [f"{month(one.runners):,.2f}" for one in all_figures],
    }
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return lines + [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What the schedule of a club comes to, by simulation.")
    parser.add_argument("--runners", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--days", type=int, default=2, help="how many days are dispatched")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("\n".join(table([simulate(count, asked.days, asked.seed) for count in asked.runners])))


if __name__ == "__main__":
    main()

"""Writes the tables of docs/club-costs.md: what a club costs in a month, for 1 to a million runners."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "club-costs.md"
SIZES: Final = (1, 100, 10_000, 1_000_000)
_TABLE: Final = re.compile(
    r"(?<=<!-- table: python -m scripts\.documents\.club_costs -->\n).*?(?=<!-- end -->)", re.DOTALL
)

DAYS: Final = 31
SYNCS: Final = 2 * DAYS
# A month's answers to one runner, and days on which a record changes.
ANSWERS: Final = 10 * DAYS
NEWS: Final = DAYS
DISPATCHES: Final = 96 * DAYS
# Seconds at half a GB, and of the lake writer's batch and of a record in it at 2 GB.
SYNC_S, DISPATCH_S, ANSWER_S, BATCH_S, RECORD_S = 5.0, 2.0, 0.1, 10.0, 0.2
# Requests to S3 of a sync without news, and what one with a run adds.
GETS, PUTS, NEWS_PUTS = 10, 4, 13
STORED_GB: Final = 0.46
LAKE_GB: Final = 168e-6
# A trigger that finds its queue empty asks five pollers' worth, every 20 seconds each.
IDLE_POLLS: Final = 2 * 5 * 3 * 60 * 24 * DAYS
MOST_PARAMETERS: Final = 100_000


@dataclass(frozen=True)
class Item:
    """A line of the bill.

    Attributes:
        price: dollars of so many: ``per``, whose name is ``unit``.
        amount: how many there are for so many runners.
        free: how many cost nothing.
    """

    name: str
    price: float
    per: float
    unit: str
    amount: Callable[[int], float]
    free: float = 0

    def dollars(self, runners: int) -> float:
        """What they cost in a month."""
        return max(0.0, self.amount(runners) - self.free) * self.price / self.per


def batches(runners: int) -> float:
    """Commits of the lake writer: one for each quarter of an hour with a sync, and at most one in five minutes."""
    hours = 2 if runners == 1 else min(24, 2 * _zones(runners))
    return min(12, runners) * hours * DAYS


def hours_with_a_sync(runners: int) -> float:
    """Hours of the day in which metrics are reported: two for each zone, and the hour that a spread reaches into."""
    return min(24, 2 * (1 + _zones(runners)))


def _zones(runners: int) -> int:
    """Whole hours of the world that so many runners live in: most clubs are of one place."""
    return 1 if runners <= 100 else 24


def _traces(runners: int) -> float:
    asked = runners * (SYNCS + ANSWERS)
    every = min(asked, DAYS * 86_400)
    return every + 0.05 * (asked - every)


def _lake_files(runners: int) -> float:
    """Files that commits write: data and deletions of two tables for each bucket that a batch touches, and metadata."""
    made = batches(runners)
    touched = min(64.0, max(1.0, runners * NEWS / made))
    return made * (touched * 4 + 6)


ITEMS: Final = (
    Item(
        "Lambda, time",
        0.0000133334,
        1,
        "GB-s",
        lambda n: (
            n * (SYNCS * SYNC_S + ANSWERS * ANSWER_S) / 2
            + DISPATCHES * DISPATCH_S / 2
            + 2 * (batches(n) * BATCH_S + n * NEWS * RECORD_S)
        ),
        400_000,
    ),
    Item(
        "Lambda, requests",
        0.20,
        1e6,
        "million",
        lambda n: n * (SYNCS + ANSWERS) + DISPATCHES + batches(n),
        1e6,
    ),
    Item("SQS, requests", 0.40, 1e6, "million", lambda n: n * SYNCS * 3.5 + IDLE_POLLS, 1e6),
    Item(
        "tokens: parameters beyond the free ones",
        0.05,
        1,
        "each",
        lambda n: n if n <= MOST_PARAMETERS else 0,
        10_000,
    ),
    Item(
        "tokens: in DynamoDB, where SSM has no room",
        0.25 + SYNCS * 2 * 0.125 + SYNCS * 0.1 * 0.625,
        1e6,
        "million runners",
        lambda n: n if n > MOST_PARAMETERS else 0,
    ),
    Item("tokens: calls to KMS", 0.03, 10_000, "10 000", lambda n: n * SYNCS * 2.1, 20_000),
    Item("S3, GET", 0.0004, 1000, "1000", lambda n: n * (SYNCS * GETS + ANSWERS * 3) + DISPATCHES * 2),
    Item(
        "S3, PUT and LIST", 0.005, 1000, "1000", lambda n: n * (SYNCS * PUTS + NEWS * NEWS_PUTS) + DISPATCHES
    ),
    Item("S3, storage of the records", 0.023, 1, "GB", lambda n: n * STORED_GB),
    Item("lake: storage", 0.0265, 1, "GB", lambda n: n * LAKE_GB),
    Item("lake: PUT", 0.005, 1000, "1000", _lake_files),
    Item("lake: GET", 0.0004, 1000, "1000", lambda n: 5 * _lake_files(n)),
    Item("lake: compaction, files", 0.002, 1000, "1000", _lake_files),
    Item("lake: compaction, each table once a day", 0.005, 1, "GB", lambda n: n * LAKE_GB * DAYS),
    Item("lake: files watched", 0.025, 1000, "1000", lambda n: min(3000.0, _lake_files(n))),
    Item("Athena: one question over all runs a day", 5.0, 1, "TB", lambda n: DAYS * max(10e-6, n * 46e-9)),
    Item("API, requests", 1.00, 1e6, "million", lambda n: n * ANSWERS),
    Item("alarms", 0.10, 1, "each", lambda _: 12, 10),
    Item("own metrics", 0.30, 1, "each", lambda n: 42 * hours_with_a_sync(n) / 24, 10),
    Item("logs", 0.50, 1, "GB", lambda n: n * (SYNCS + ANSWERS * 0.3) * 5e-6, 5),
    Item("traces", 5.0, 1e6, "million", _traces, 100_000),
)


def month(runners: int) -> float:
    """Dollars of a month for so many runners."""
    return sum(item.dollars(runners) for item in ITEMS)


def table() -> str:
    """The table, one line for each item, and what a runner comes to."""
    head = " | ".join(_grouped(size) for size in SIZES)
    lines = [f"| what | list price | free | {head} |", "|---|---|---:|" + "---:|" * len(SIZES)]
    for item in ITEMS:
        cells = " | ".join(f"{item.dollars(size):,.2f}".replace(",", " ") for size in SIZES)
        lines.append(
            f"| {item.name} | {_price(item)} | {_grouped(item.free) if item.free else ''} | {cells} |"
        )
    sums = [month(size) for size in SIZES]
    lines.append("| **sum** | | | " + " | ".join(f"**{one:,.2f}**".replace(",", " ") for one in sums) + " |")
    each = " | ".join(f"{one / size:.4f}" for one, size in zip(sums, SIZES, strict=True))
    lines.append(f"| for each runner | | | {each} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page's text with the table as it is computed now."""
    return _TABLE.sub(lambda _: table(), text)


def _price(item: Item) -> str:
    price = f"{item.price:.7f}".rstrip("0").rstrip(".")
    return f"{price} {item.unit}" if item.unit == "each" else f"{price} per {item.unit}"


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

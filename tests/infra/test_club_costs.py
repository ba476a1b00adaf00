"""docs/club-costs.md has the table that its arithmetic gives, and sentences that agree with it."""

from __future__ import annotations

import re

from infra.documents.club_alarms import Shard, club_alarm_table
from scripts.documents.club_costs import ITEMS, PAGE, SIZES, month, page, table
from tests.infra.recording import ROOT

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_written_from_the_arithmetic() -> None:
    """No figure in it is typed by hand."""
    assert page(TEXT) == TEXT, "run: python -m scripts.documents.club_costs"
    assert table() in TEXT


def test_its_sentences_are_about_the_table() -> None:
    """What stands in prose is the sum of the items, rounded."""
    one, hundred, many, _ = map(month, SIZES)
    told = [float(number) for number in re.findall(r"\$(\d+(?:\.\d+)?)", TEXT.split("## ")[0])]
    assert [round(hundred), round(many), 1.24] == told
    assert 0.35 < one < 0.45
    stored = next(item for item in ITEMS if item.name == "S3, storage of the records").dollars(10_000)
    assert 0.4 < stored / many < 0.6


def test_prices_are_those_of_the_other_page() -> None:
    """What both pages pay for has one price."""
    other = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    for name in ("S3, storage of the records", "S3, GET", "S3, PUT and LIST", "own metrics", "API, requests"):
        item = next(item for item in ITEMS if item.name == name)
        unit = "each" if item.unit == "each" else f"per {item.unit}"
        price = str(item.price).removesuffix(".0")
        assert re.search(rf"\| {price}[.0]* {unit} \|", other), name


def test_the_alarms_are_counted() -> None:
    """As many as a club's stack has."""
    counted = next(item for item in ITEMS if item.name == "alarms").amount(1)
    shard = Shard(**dict.fromkeys(Shard.__dataclass_fields__, "a-name"))
    assert len(club_alarm_table("dev", shard)) == counted

"""docs/cost.md adds up, and names the resources and requests that there are."""

from __future__ import annotations

import re
from collections import Counter

from myrunstreak.contract.telemetry import Metric

from infra.documents.alarms import alarm_table
from tests.infra.deployed import Deployed
from tests.infra.recording import ROOT, Recording

PAGE = (ROOT / "docs" / "cost.md").read_text()


def month(heading: str = "A month") -> dict[str, list[str]]:
    """The table under a heading: what -> amount, price, free, dollars."""
    table = PAGE.split(f"## {heading}")[1].split("##")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line[:1] == "|"
    ]
    return {row[0]: row[1:] for row in rows[2:]}


def test_the_month_adds_up_to_about_a_dollar() -> None:
    """The promise of the design."""
    dollars = {what: float(row[-1].strip("*")) for what, row in month().items()}
    total = dollars.pop("**sum**")
    assert abs(total - sum(dollars.values())) < 0.005
    assert total < 1.25


def test_the_amounts_are_those_of_the_program(dev: Recording) -> None:
    """One alarm or secret more changes the page."""
    rows = month()
    assert str(len(dev.all(":Secret"))) == rows["secrets"][0]
    assert str(len(dev.all(":MetricAlarm"))) == rows["alarms"][0] == str(len(alarm_table("dev", "f", "q")))
    assert str(len(dev.all(":Parameter"))) == rows["parameter of the API's keys"][0]
    assert str(len(dev.all(":Dashboard"))) == rows["dashboard"][0]
    assert rows["own metrics"][0].startswith(f"{len(Metric)} names")
    # What is priced by existing: nothing else of that kind is registered.
    assert [] == dev.all(":Key")
    assert [] == dev.all(":ProvisionedConcurrencyConfig")


def test_what_strangers_can_make_it_cost_follows_from_the_throttle(dev: Recording) -> None:
    """The gateway's limit for a month of 31 days, and a sum to decide about."""
    rows = month("What strangers can make it cost")
    total = float(rows.pop("**sum**")[-1].strip("*"))
    assert abs(total - sum(float(row[-1]) for row in rows.values())) < 0.005
    a_second = dev.one(":Stage").inputs["defaultRouteSettings"]["throttlingRateLimit"]
    millions = a_second * 31 * 86_400 / 1e6
    assert f"{millions:.1f} million" == rows["API, requests"][0]
    assert abs(float(rows["API, requests"][-1]) - millions) < 0.005
    assert abs(float(rows["Lambda, requests"][-1]) - (millions - 1) * 0.2) < 0.005
    traced = 31 * 86_400 * (1 + 0.05 * (a_second - 1)) / 1e6
    assert (
        abs(float(rows["traces: one a second and a twentieth of the rest"][-1]) - (traced - 0.1) * 5) < 0.005
    )
    assert total < 25


def test_the_requests_are_those_that_were_counted(lived: Deployed) -> None:
    """Of a day without news, and of one with a run more."""
    quiet = Counter(call.operation for call in lived.steps["nothing new"])
    assert {
        "GetSecretValue": 5,
        "PutSecretValue": 2,
        "GetObject": 3,
        "PutObject": 1,
        "ListObjectsV2": 1,
    } == quiet
    assert "7 calls to Secrets Manager, 3 GETs, 1 PUT and 1 LIST to S3" in re.sub(r"\s+", " ", PAGE)
    news = Counter(call.operation for call in lived.steps["throttled, renewed and one new run"])
    more = news - quiet
    assert {"PutObject": 2, "ListObjectsV2": 2} == {
        k: v for k, v in more.items() if not k.endswith("SecretValue")
    }
    assert 3 == sum(number for operation, number in more.items() if operation.endswith("SecretValue"))

"""docs/cost.md adds up, and names the resources and requests that there are."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from myrunstreak.contract.telemetry import MESSAGE_METRICS, SYNC_METRICS

from infra.documents.alarms import alarm_table
from tests.infra.deployed import Deployed
from tests.infra.recording import ROOT, Recording, run_main

# Mornings of a month on which a digest looks: five first days of a week, and two of each of two milestones.
DUE_MORNINGS = 9
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


def told(pattern: str) -> list[float]:
    """The numbers that a sentence of the page names."""
    found = re.search(pattern, re.sub(r"\s+", " ", PAGE))
    assert found is not None, pattern
    return [float(number) for number in found.groups()]


def number(text: str) -> float:
    """A number of the page's, such as `12 400`, `0.05` or `6.7 million`; nothing is 0."""
    found = re.match(r"[\d.]+(?: \d{3})*", text)
    unit = 1e6 if "million" in text else 0.001 if text.endswith(" MB") else 1
    return float(found[0].replace(" ", "")) * unit if found else 0.0


def computed(row: list[str]) -> float:
    """Dollars of a row: what is beyond the free amount, at its list price."""
    amount, price, free, _ = row
    if "per " not in price and "each" not in price:
        return 0.0
    dollars, _, unit = price.partition(" per ")
    per = 1e6 if unit == "million" else number(unit) or 1
    return max(0.0, number(amount.rpartition(": ")[2]) - number(free)) * number(dollars) / per


def test_the_month_adds_up_to_about_a_dollar() -> None:
    """The promise of the design."""
    rows = month()
    total = float(rows.pop("**sum**")[-1].strip("*"))
    assert abs(total - sum(map(computed, rows.values()))) < 0.0006
    assert total < 1.25
    assert pytest.approx([total], abs=0.005) == told(r"for one runner: \$([\d.]+), of which")


@pytest.mark.parametrize("heading", ["A month", "With messages"])
def test_every_row_is_its_amount_at_its_price(heading: str) -> None:
    """Without what is free; to a tenth of a cent."""
    rows = month(heading)
    rows.pop("**sum**")
    wrong = {what: row for what, row in rows.items() if abs(float(row[-1]) - computed(row)) > 0.00051}
    assert {} == wrong


def test_what_costs_more_follows_from_the_prices(prod: Recording) -> None:
    """Two secrets and another GB, a key, and a stack whose alarms and metrics another one has used up already."""
    rows, total = month(), float(month()["**sum**"][-1].strip("*"))
    key, replica, warm, another, prod_total = told(
        r"on the alarms' topic \| ([\d.]+) \|.* its transfer \| ([\d.]+) \|.* 512 MB \| about ([\d.]+) \|.*"
        r"same account \| ([\d.]+): .* has the first two: about \$([\d.]+)\."
    )
    assert [1] == [len(prod.all(":Key"))]
    assert pytest.approx([1.0, 2 * number(rows["secrets"][1])], abs=0.06) == [key, replica]
    assert pytest.approx(total + key + replica, abs=0.01) == prod_total
    assert pytest.approx(0.5 * 30.5 * 86_400 * 3.3334e-6, abs=0.05) == warm
    metrics = 2 * number(rows["own metrics"][0].rpartition(": ")[2]) - 10
    assert pytest.approx(total + 10 * 0.10 + metrics * 0.30, abs=0.015) == another


def test_a_second_region_and_a_stack_at_rest_add_up(dev: Recording, prod: Recording) -> None:
    """What is copied, and the note at both ends of three syncs a day; at rest what is priced by existing."""
    rows = month("With a second region")
    for head in ("what", "---"):  # of the second table
        del rows[head]
    assert (
        str(sum(len(one.inputs["replicas"]) for one in prod.all(":Secret")))
        == rows["copies of the secrets"][0]
    )
    looks = 2 * 3 * 31
    assert [str(900 + looks), str(looks)] == [
        rows[f"S3, {what}"][0] for what in ("PUT of the copies and of the note", "GET of the note")
    ]
    assert month()["S3, PUT and LIST"][0] == "900"
    resting = run_main("dev", {"standby": "true"})
    for kind, what in ((":Secret", "secrets"), (":MetricAlarm", "alarms"), (":Dashboard", "dashboard")):
        assert str(len(resting.all(kind))) == rows[f"{what} at rest"][0]
    assert {"DISABLED"} == {one.inputs["state"] for one in resting.all(":Schedule")}
    sums = [float(rows.pop(f"**{name}**")[-1].strip("*")) for name in ("sum", "sum at rest")]
    dollars = {what: computed(row) for what, row in rows.items()}
    at_rest = sum(value for what, value in dollars.items() if "at rest" in what)
    assert pytest.approx([sum(dollars.values()) - at_rest, at_rest], abs=0.0006) == sums
    assert pytest.approx(sums[0], abs=0.006) == told(r"its transfer \| ([\d.]+) \|")[0]
    wrong = {what: row for what, row in rows.items() if abs(float(row[-1]) - computed(row)) > 0.00051}
    assert {} == wrong


def test_every_price_has_a_page_and_a_date() -> None:
    """Each link is AWS's own page of prices."""
    rows = month("Where the prices come from")
    assert len(rows) >= 10
    for what, (page, compared) in rows.items():
        assert re.findall(r"\]\((https://aws\.amazon\.com/[\w/-]+/pricing/)\)", page), what
        assert re.fullmatch(r"(\d{1,2} \w+ )?20\d\d", compared), what


def test_the_amounts_are_those_of_the_program(dev: Recording) -> None:
    """One alarm or secret more changes the page."""
    rows = month()
    assert str(len(dev.all(":Secret"))) == rows["secrets"][0]
    assert str(len(dev.all(":MetricAlarm"))) == rows["alarms"][0] == str(len(alarm_table("dev", "f", "q")))
    assert str(len(dev.all(":Parameter"))) == rows["parameter of the API's keys"][0]
    assert str(len(dev.all(":Dashboard"))) == rows["dashboard"][0]
    assert rows["own metrics"][0].startswith(f"{len(SYNC_METRICS)} names")
    # What is priced by existing: nothing else of that kind is registered.
    assert [] == dev.all(":Key")
    assert [] == dev.all(":ProvisionedConcurrencyConfig")


def test_messages_add_eleven_cents(dev: Recording, reminded: Recording) -> None:
    """One alarm, a metric more than is free, and no further secret."""
    rows = month("With messages")
    added = {
        kind: len(reminded.all(kind)) - len(dev.all(kind))
        for kind in (":MetricAlarm", ":Parameter", ":Secret", ":Dashboard", ":Key", ":Bucket")
    }
    assert str(added.pop(":MetricAlarm")) == rows["alarms"][0]
    assert str(added.pop(":Parameter")) == rows["parameter of the channels"][0]
    assert {0} == set(added.values()), "what is priced by existing"
    total = float(rows.pop("**sum**")[-1].strip("*"))
    assert abs(total - sum(map(computed, rows.values()))) < 0.0006
    alone = float(month()["**sum**"][-1].strip("*"))
    assert pytest.approx([0.11, alone + total], abs=0.005) == [
        total,
        *told(r"cost eleven cents a month more, .*: \$([\d.]+) in all"),
    ]


def test_what_messages_start_follows_from_their_schedules(dev: Recording, reminded: Recording) -> None:
    """Two reminders and a digest, with a sync each at most, every day of a month of 31; a sync as it was counted."""
    rows = month("With messages")
    started = 31 * (len(reminded.all(":Schedule")) - len(dev.all(":Schedule")))
    gb = reminded.one(":Function", "-messages").inputs["memorySize"] / 1024
    assert f"{started} at most" == rows["mails"][0]
    assert f"{started * (10 + 5) * gb:.0f} GB-s, {2 * started} requests" == rows["Lambda"][0]
    assert str(7 * started) == rows["calls to Secrets Manager"][0]
    assert str((2 + 2) * started) == rows["S3, PUT and LIST"][0]
    assert str((6 + 8) * started) == rows["S3, GET"][0]


def test_metrics_stay_within_what_is_free() -> None:
    """Ten in all are free, and a metric counts for the hours of the day in which it is sent."""
    sync, messages = (2 * len(names) / 24 for names in (SYNC_METRICS, MESSAGE_METRICS))
    alone, more = 3 * sync, 3 * messages + (2 + DUE_MORNINGS / 31) * sync
    row = month("With messages")["own metrics"]
    assert row[0].startswith(f"{len(MESSAGE_METRICS)} names")
    assert pytest.approx([alone, more, 10 - alone], abs=0.051) == [
        float(month()["own metrics"][0].split(": ")[1]),
        float(row[0].split(": ")[1]),
        float(row[2].removesuffix(" left")),
    ]
    assert alone + more < 10
    assert 0.0 == float(row[-1])
    assert 5 * sync < 10 < 6 * sync
    assert pytest.approx([sync, (6 * sync - 10) * 0.3, sync * 0.3], abs=0.006) == told(
        r"is ([\d.]+) metrics: nothing up to the fifth hour, \$([\d.]+) for the sixth, \$([\d.]+) for each"
    )
    third, further = (alone + more + sync + messages - 10) * 0.3, (sync + messages) * 0.3
    assert pytest.approx([third, further], abs=0.006) == told(
        r"A third reminder costs \$([\d.]+) and each further one \$([\d.]+):"
    )


def test_what_strangers_can_make_it_cost_follows_from_the_throttle(dev: Recording) -> None:
    """The gateway's limits for a month of 31 days, and a sum to decide about."""
    rows = month("What strangers can make it cost")
    total = float(rows.pop("**sum**")[-1].strip("*"))
    dollars = {what.split(":")[0]: float(row[-1]) for what, row in rows.items()}
    assert abs(total - sum(dollars.values())) < 0.005
    stage = dev.one(":Stage").inputs
    data = stage["defaultRouteSettings"]["throttlingRateLimit"]
    swagger, page = (limits["throttlingRateLimit"] for limits in stage["routeSettings"])
    a_second = data + swagger + page
    million_seconds = 31 * 86_400 / 1e6
    millions = a_second * million_seconds
    assert f"{millions:.1f} million" == rows["API, requests"][0]
    traced = million_seconds * (1 + 0.05 * (a_second - 1))
    sent_gb = million_seconds * (swagger * 1510 + page * 20 + data * 2)
    assert {
        "API, requests": pytest.approx(millions, abs=0.005),
        "Lambda, requests": pytest.approx((millions - 1) * 0.2, abs=0.005),
        "Lambda, time": 0,
        "traces": pytest.approx((traced - 0.1) * 5, abs=0.005),
        "logs": 1.25,
        "S3, GET": pytest.approx(data * million_seconds * 0.4, abs=0.005),
        "sent": pytest.approx((sent_gb - 100) * 0.09, abs=0.02),
    } == dollars
    assert total < 30


def test_the_requests_are_those_that_were_counted(lived: Deployed) -> None:
    """Of a sync without news, a short one among them, and of one with a run more."""
    quiet = Counter(call.operation for call in lived.steps["nothing new"])
    assert {
        "GetSecretValue": 5,
        "PutSecretValue": 2,
        "GetObject": 6,
        "PutObject": 1,
        "ListObjectsV2": 1,
    } == quiet
    assert quiet == Counter(call.operation for call in lived.steps["short, nothing new"])
    text = re.sub(r"\s+", " ", PAGE)
    assert "7 calls to Secrets Manager, 6 GETs, 1 PUT and 1 LIST to S3, a short one too" in text
    news = lived.steps["throttled, renewed and one new run"]
    more = Counter(call.operation for call in news) - quiet
    written = [str(call.parameters["Key"]) for call in news if call.operation == "PutObject"]
    page = {key.removeprefix("page/").partition(".")[0] for key in written if key.startswith("page/")}
    assert {"PutObject": 2 + len(page), "ListObjectsV2": 2} == {
        k: v for k, v in more.items() if not k.endswith("SecretValue")
    }
    assert "5 PUT for the page: itself, its numbers, the year, the month, and what they are made of" in text
    months = {name for name in page if re.fullmatch(r"\d{4}-\d{2}", name)}
    assert {"index", "summary", "made-of", *(name[:4] for name in months), *months} == page
    assert 3 == sum(number for operation, number in more.items() if operation.endswith("SecretValue"))

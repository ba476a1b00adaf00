"""What arrives by mail: what to do, and links that lead somewhere in the stack's own region."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from infra.config import REGIONS, StackConfig
from tests.infra.conftest import MESSAGES
from tests.infra.recording import Recording, run_main

# What CloudWatch takes as an alarm's description.
LONGEST = 1024
SYNC, MESSENGER = "/aws/lambda/myrunstreak-dev-sync", "/aws/lambda/myrunstreak-dev-messages"


def mails(stack: Recording) -> dict[str, str]:
    """Each alarm's description, by its key."""
    return {
        alarm.name.split("-alerting-")[1]: alarm.inputs["alarmDescription"]
        for alarm in stack.all(":MetricAlarm")
    }


def links(mail: str) -> list[str]:
    """The addresses in a mail, as a mail program finds them."""
    return re.findall(r"https?://\S+", mail)


def log_of(link: str) -> tuple[str, str]:
    """A log group and the rest of a link into CloudWatch, read as the console reads them."""
    place = urlsplit(link).fragment.removeprefix("logsV2:log-groups/log-group/")
    group, _, rest = place.partition("/")
    return (unquote(unquote(group.replace("$", "%"))), unquote(unquote(rest.replace("$", "%"))))


def test_every_mail_leads_to_a_log_or_a_queue_and_to_the_dashboard(reminded: Recording) -> None:
    """In the console of the stack's region, and to that function's own log."""
    for key, mail in mails(reminded).items():
        first, dashboard = links(mail)
        for link in (first, dashboard):
            parts = urlsplit(link)
            assert "us-east-2.console.aws.amazon.com" == parts.hostname
            assert {"region": ["us-east-2"]} == parse_qs(parts.query)
        assert reminded.outputs["dashboard_url"] == dashboard
        if key == "dead-letters":
            assert "/queues" == urlsplit(first).fragment
            continue
        group, rest = log_of(first)
        assert (MESSENGER if key == "messages-failed" else SYNC) == group
        errors_alone = key in {"sync-failed", "messages-failed"}
        assert ('log-events?filterPattern="ERROR"&start=-86400000' if errors_alone else "") == rest


CLUB_LOGS = {"dispatch-failed": "dispatch", "dispatch-silent": "dispatch", "lake-failed": "lake-writer"}
CLUB_QUEUES = {"syncs-waiting", "sync-letters", "lake-waiting", "lake-letters", "dispatch-letters"}


def test_every_mail_of_a_club_leads_to_the_log_of_its_function_or_to_the_queues(club: Recording) -> None:
    """And to the dashboard; the logs exist under exactly that name."""
    groups = {group.inputs["name"] for group in club.all(":LogGroup")}
    for key, mail in mails(club).items():
        first, dashboard = links(mail)
        assert club.outputs["dashboard_url"] == dashboard
        if key in CLUB_QUEUES:
            assert "/queues" == urlsplit(first).fragment
            continue
        group, _ = log_of(first)
        assert f"/aws/lambda/myrunstreak-dev-{CLUB_LOGS.get(key, 'worker')}" == group
        assert group in groups


def test_the_logs_that_mails_lead_to_exist(reminded: Recording) -> None:
    """Under exactly that name."""
    groups = {group.inputs["name"] for group in reminded.all(":LogGroup")}
    assert {SYNC, MESSENGER} < groups


def test_a_mail_begins_with_what_to_do_and_can_be_typed(dev: Recording) -> None:
    """A command in it has the stack's own name."""
    found = mails(dev)
    assert found["reauthorise"].startswith("Run `make auth STACK=dev` on a machine with a browser.")
    assert found["token-ends"].startswith("Run `make auth STACK=dev` before the token ends.")
    assert not [key for key, mail in found.items() if "<stack>" in mail]


def test_a_runbook_with_an_address_is_a_link_in_every_mail() -> None:
    """To the alarm's own heading; without one the mail names file and heading."""
    url = "https://git.example.org/me/runs/src/main/docs/operations.md"
    for key, mail in mails(run_main("dev", {"runbook_url": url})).items():
        assert f"{url}#{key}" == links(mail)[-1]


@pytest.mark.parametrize("preview", [False, True])
def test_the_longest_mail_fits_into_an_alarm(preview: bool) -> None:
    """The longest names of stack, region and runbook together; CloudWatch refuses one character more."""
    longest = next(
        part.max_length
        for part in StackConfig.model_fields["runbook_url"].metadata
        if hasattr(part, "max_length")
    )
    longest_names = {
        "region": max(sorted(REGIONS), key=len),
        "runbook_url": "https://git.example.org/".ljust(longest, "x"),
    }
    found = mails(run_main("s" * 24, MESSAGES | longest_names, preview=preview))
    assert 15 == len(found)
    found |= mails(run_main("s" * 24, {"club": "true"} | longest_names, preview=preview))
    assert 27 == len(found)
    assert [] == [key for key, mail in found.items() if len(mail) > LONGEST]

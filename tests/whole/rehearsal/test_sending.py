"""Messages as they are sent: the schedules' own events start the deployed function, which looks at Smashrun first."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from myrunstreak.contract.layout import MESSAGES_FOLDER
from myrunstreak.contract.telemetry import Metric

from scripts.simulator import Fault
from tests.stage.listener import Listener, listening
from tests.stage.paths import ROOT
from tests.whole.rehearsal.least_privilege import misfits
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

pytestmark = pytest.mark.rehearsal

REMINDER, _, DIGEST = range(3)


@dataclass(frozen=True)
class Heard:
    """What one start came to.

    Attributes:
        mails: as SNS hands them on, with ``Subject`` and ``Message``.
        calls: those of the function that tells the runner.
        requests: those that Smashrun got.
    """

    answer: Answer
    mails: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    requests: int

    @property
    def subjects(self) -> list[str]:
        """The mails' subjects."""
        return [mail["Subject"] for mail in self.mails]

    def told(self, *names: str) -> tuple[Any, ...]:
        """Fields of the function's answer."""
        assert self.answer.error is None, self.answer.payload
        return tuple(self.answer.payload[name] for name in names)


@pytest.fixture(scope="module")
def tell(rehearsal: Rehearsal, mailbox: str, second_sync: Answer) -> Callable[..., Heard]:
    """Start a message as its schedule does, for HH:MM of today or another day; all that comes of it."""

    def tell(at: str, which: int = REMINDER, on: date | None = None) -> Heard:
        schedule, function = rehearsal.message_schedules[which], rehearsal.message_function
        made, sent = len(rehearsal.calls(function)), len(rehearsal.simulator.requests)
        answer = rehearsal.invoke(rehearsal.event_of_the_schedule(schedule, at, on), schedule)
        return Heard(
            answer,
            mails_in(rehearsal, mailbox),
            rehearsal.calls(function)[made:],
            len(rehearsal.simulator.requests) - sent,
        )

    return tell


def mails_in(rehearsal: Rehearsal, mailbox: str) -> list[dict[str, Any]]:
    """What the mailbox holds; it is taken out."""
    return [json.loads(body) for body in rehearsal.messages(mailbox)]


def wait_for(rehearsal: Rehearsal, starts: int, after: int) -> list[dict[str, Any]]:
    """The metrics of the message function's starts after the first so many, once there are as many as told."""
    deadline = time.monotonic() + 90
    while True:
        ended = rehearsal.metrics(rehearsal.message_function)[after:]
        if len(ended) >= starts or time.monotonic() > deadline:
            return ended
        time.sleep(0.2)


# The acts, in the order in which they need each other.


@pytest.fixture(scope="module")
def open_day(tell: Callable[..., Heard]) -> Heard:
    """The first reminder; Smashrun has runs up to yesterday."""
    return tell("18:30")


@pytest.fixture(scope="module")
def down(rehearsal: Rehearsal, tell: Callable[..., Heard], open_day: Heard) -> Heard:
    """A reminder while Smashrun answers nothing but 503."""
    rehearsal.simulator.inject(Fault.status(503, times=None))
    heard = tell("10:00")
    rehearsal.simulator.clear_faults()
    return heard


@pytest.fixture(scope="module")
def service(rehearsal: Rehearsal, down: Heard) -> Iterator[Listener]:
    """A service of the runner's, which the operator has made a channel."""
    with listening() as listener:
        assert "json 1" == rehearsal.add_channel(listener.url)
        yield listener
        rehearsal.remove_channel(1)


@pytest.fixture(scope="module")
def morning(tell: Callable[..., Heard], service: Listener) -> Heard:
    """The digest of a day that is still open."""
    return tell("07:30", DIGEST)


@pytest.fixture(scope="module")
def done_day(rehearsal: Rehearsal, tell: Callable[..., Heard], morning: Heard) -> Heard:
    """A reminder after the day's run, which the record does not hold yet."""
    started = datetime.now(rehearsal.zone) - timedelta(hours=1)
    rehearsal.new_run(startDateTimeLocal=started.isoformat(timespec="seconds"))
    return tell("12:30")


def test_an_open_day_is_told_by_mail_after_a_look_at_smashrun(rehearsal: Rehearsal, open_day: Heard) -> None:
    """By the sync's own function, briefly; the mail says which day it is."""
    assert (True, "today is still open", "at_risk") == open_day.told("sent", "reason", "state")
    assert ["Day 50 is still open"] == open_day.subjects
    assert "by midnight" in open_day.mails[0]["Message"]
    assert 1 <= open_day.requests <= 4
    [started] = [call["parameters"] for call in open_day.calls if call["service"] == "lambda"]
    assert rehearsal.schedule.inputs["target"]["arn"] == started["FunctionName"]


def test_what_was_sent_is_marked_in_the_bucket(rehearsal: Rehearsal, open_day: Heard) -> None:
    """By channel and occasion."""
    found = rehearsal.emulator.client("s3").get_object(
        Bucket=rehearsal.output("bucket_name"), Key=f"{MESSAGES_FOLDER}/mail.json"
    )
    marks = json.loads(found["Body"].read())
    assert "sent" == marks[f"reminder-{rehearsal.today}-1830"]["state"]


def test_a_start_that_comes_again_sends_nothing(tell: Callable[..., Heard], open_day: Heard) -> None:
    """The mark says so, in another environment of the function too."""
    again = tell("18:30")
    assert (False, "it has been sent already") == again.told("sent", "reason")
    assert [] == again.mails


def test_two_starts_at_once_send_one_message(rehearsal: Rehearsal, mailbox: str, open_day: Heard) -> None:
    """As the scheduler may start them; both look at Smashrun, and both end well."""
    before = len(rehearsal.metrics(rehearsal.message_function))
    schedule = rehearsal.message_schedules[REMINDER]
    for _ in range(2):
        rehearsal.start(rehearsal.event_of_the_schedule(schedule, "21:30"), schedule)
    ended = wait_for(rehearsal, 2, after=before)
    assert [[0.0], [1.0]] == sorted(line[Metric.MESSAGES_SENT] for line in ended)
    assert ["Day 50 is still open"] == [mail["Subject"] for mail in mails_in(rehearsal, mailbox)]


def test_where_smashrun_is_down_the_message_says_what_is_not_known(rehearsal: Rehearsal, down: Heard) -> None:
    """The sync fails, the message does not."""
    assert (True, "Smashrun cannot be seen", "unknown") == down.told("sent", "reason", "state")
    assert ["I cannot see Smashrun: day 50 may still be open"] == down.subjects
    assert "you had not run today" in down.mails[0]["Message"]
    [started] = [call for call in down.calls if call["service"] == "lambda"]
    assert "Unhandled" == started["error"]
    assert [1.0] in [line[Metric.SYNC_FAILURES] for line in rehearsal.metrics()]


def test_a_channel_gets_what_it_refused_when_lambda_tries_again(
    rehearsal: Rehearsal, tell: Callable[..., Heard], mailbox: str, service: Listener
) -> None:
    """The function fails, so that Lambda starts it again; the mail, which was sent, is not sent twice."""
    service.refusals, came = 1, len(service.requests)
    before = len(rehearsal.metrics(rehearsal.message_function))
    schedule = rehearsal.message_schedules[REMINDER]
    rehearsal.start(rehearsal.event_of_the_schedule(schedule, "11:00"), schedule)
    first, second = wait_for(rehearsal, 2, after=before)
    assert ([1.0], [1.0]) == (first[Metric.MESSAGES_SENT], first[Metric.MESSAGE_FAILURES])
    assert ([1.0], [0.0]) == (second[Metric.MESSAGES_SENT], second[Metric.MESSAGE_FAILURES])
    [mail] = mails_in(rehearsal, mailbox)
    refused, taken = service.messages[came:]
    assert "Day 50 is still open" == mail["Subject"] == refused["title"] == taken["title"]
    assert "by midnight" in taken["message"]
    assert "it has been sent already" == tell("11:00").answer.payload["reason"]


def test_a_channel_that_refuses_fails_the_function(
    rehearsal: Rehearsal, tell: Callable[..., Heard], service: Listener
) -> None:
    """In words that name the channel."""
    service.refusals = 1
    heard = tell("11:30")
    assert "Unhandled" == heard.answer.error
    assert "MessageFailed" == heard.answer.payload["errorType"]
    assert "json 1" in heard.answer.payload["errorMessage"]
    assert 1 == len(heard.mails)


def test_the_address_of_a_channel_is_nowhere_but_in_its_parameter(
    rehearsal: Rehearsal, service: Listener, done_day: Heard
) -> None:
    """Not in logs, failures included, nor in the stack's outputs and resources, nor in what was recorded of calls."""
    of_functions = [
        line
        for function in (rehearsal.function, rehearsal.message_function, rehearsal.api_function)
        for line in rehearsal.log_lines(function)
    ]
    files = [
        rehearsal.folder / name
        for name in ("order.json", "deployment.json", "calls.jsonl", "emulator/emulator.log")
    ]
    written = "\n".join([*of_functions, *(file.read_text() for file in files)])
    kept = rehearsal.emulator.client("ssm").get_parameter(
        Name=rehearsal.output("notify_urls_parameter"), WithDecryption=True
    )["Parameter"]["Value"]
    for secret in ("planted-password-1", "planted-token-2", service.address):
        assert secret in kept
        assert secret not in written


def test_the_digest_tells_the_milestone_ahead_and_what_is_due_beside_it(
    rehearsal: Rehearsal, service: Listener, morning: Heard
) -> None:
    """To every channel."""
    subjects = ["Today is day 50"]
    if rehearsal.today.weekday() == 0:
        subjects.append("Your week")
    if (rehearsal.today.month, rehearsal.today.day) == (1, 1):
        subjects.append(str(rehearsal.today.year - 1))
    assert subjects == [subject.partition(":")[0] for subject in morning.subjects]
    assert (True, "at_risk") == morning.told("sent", "state")
    assert subjects[0] in [message["title"] for message in service.messages]


def test_a_day_that_is_done_is_met_with_silence(done_day: Heard) -> None:
    """The look finds the run."""
    assert (False, "today is done", "done_today") == done_day.told("sent", "reason", "state")
    assert [] == done_day.mails
    assert 1 <= done_day.requests <= 4


def test_what_is_known_to_be_done_is_not_looked_at_again(tell: Callable[..., Heard], done_day: Heard) -> None:
    """Smashrun is left alone."""
    later = tell("21:30")
    assert ("today is done",) == later.told("reason")
    assert 0 == later.requests


def test_a_milestone_that_is_done_is_told_the_next_time(tell: Callable[..., Heard], done_day: Heard) -> None:
    """By the digest."""
    assert "Day 50 is done" in tell("07:30", DIGEST).subjects


def test_the_week_is_told_with_its_calendar(
    rehearsal: Rehearsal, tell: Callable[..., Heard], service: Listener, done_day: Heard
) -> None:
    """By the start of a Monday, here the next one's; a channel that takes files gets the picture."""
    monday = rehearsal.today + timedelta(days=7 - rehearsal.today.weekday())
    [mail] = [one for one in tell("07:30", DIGEST, monday).mails if one["Subject"].startswith("Your week: ")]
    [taken] = [one for one in service.messages if one["title"] == mail["Subject"]]
    assert taken["message"] == mail["Message"]
    [picture] = taken["attachments"]
    assert f"calendar-{(monday - timedelta(days=1)).year}.png" == picture["filename"]
    assert b64decode(picture["base64"]).startswith(b"\x89PNG")


def test_the_function_may_do_what_it_does_and_does_what_it_may(rehearsal: Rehearsal, done_day: Heard) -> None:
    """Both ways, action by action. It takes what it may not see for absent, so that it needs no right to list."""
    function = rehearsal.message_function
    calls = rehearsal.calls(function)
    assert ([], [], []) == misfits(function, rehearsal.deployment, calls, rehearsal.secret_arns())


def test_a_message_takes_the_requests_that_the_page_of_costs_counts(open_day: Heard, morning: Heard) -> None:
    """The record twice, and for each channel a mark claimed and settled; the digest's record has just been seen."""

    def count(heard: Heard) -> Counter[str]:
        return Counter(call["operation"] for call in heard.calls)

    mails = len(morning.mails)
    assert {"GetObject": 8, "PutObject": 2, "GetParameter": 1, "Invoke": 1, "Publish": 1} == count(open_day)
    assert {
        "GetObject": 6 + 4 * mails,
        "PutObject": 4 * mails,
        "GetParameter": 1,
        "Publish": mails,
    } == count(morning)
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "cost.md").read_text())
    assert "8 GET and 2 PUT a message (the record twice, a mark claimed and settled)" in page
    assert "a further channel takes 2 GET and 2 PUT more" in page

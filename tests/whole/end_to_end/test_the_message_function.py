"""The Lambda that tells the runner: its answer, its metrics and its log, with a real HTTP service behind it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from myrunstreak.contract.telemetry import MESSAGES_SERVICE
from myrunstreak.handlers.messages import MessageFailed, lambda_handler
from myrunstreak.messages.channels import ChannelList

from tests.stage.handler import Context, Printed, now, read_lines
from tests.stage.history import run
from tests.stage.listener import Listener, listening
from tests.stage.world import MakeWorld, World

SECRETS = ("planted-password-1", "planted-token-2")


@pytest.fixture
def service() -> Iterator[Listener]:
    """A service on loopback."""
    with listening() as listener:
        yield listener


class MessageFunction:
    """The handler with a world's settings in its environment, at noon of the runner's day."""

    def __init__(
        self, world: World, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
    ) -> None:
        self.world = world
        ChannelList.open(world.settings).add(url)
        for name, value in world.settings.to_env().items():
            patch.setenv(name, value)
        self._capsys = capsys
        for known in logging.getLogger(MESSAGES_SERVICE).handlers:
            if isinstance(known, logging.StreamHandler):
                known.stream = sys.stdout

    def __call__(self, scheduled: datetime, kind: str = "reminder") -> dict[str, Any]:
        """Invoke it, as the scheduler does."""
        event = {"kind": kind, "scheduled_time": f"{scheduled:%Y-%m-%dT%H:%M:%SZ}"}
        return lambda_handler(event, Context())

    def printed(self) -> Printed:
        """What was printed since the last look."""
        return read_lines(self._capsys.readouterr().out)


@pytest.fixture
def make_function(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Any:
    """Makes the function over a world whose runner ran every day up to yesterday, or today."""

    def make(service: Listener, *, done: bool = False) -> MessageFunction:
        zone = _zone_at_noon()
        today = now().astimezone(ZoneInfo(zone)).date()
        newest = today if done else today - timedelta(days=1)
        world = make_world(
            [run(number, newest=newest, of=20, hasDetails=0) for number in range(20)],
            now=now(),
            runner_timezone=zone,
            remind_at="00:01",
            notify_urls=f"file:{tmp_path / 'channels.json'}",
        )
        world.sync()
        return MessageFunction(world, monkeypatch, capsys, service.url)

    return make


def _zone_at_noon() -> str:
    """A zone in which it is about noon: no midnight comes while a test runs."""
    hours = now().hour - 12
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def test_an_open_day_is_told_and_counted(make_function: Any, service: Listener) -> None:
    """The contract's four fields; what is said is in no log line."""
    function = make_function(service)
    answer = function(now())
    assert {"sent", "reason", "state", "text"} == set(answer)
    assert (True, "at_risk") == (answer["sent"], answer["state"])
    (received,) = service.messages
    assert "Day 21 is still open" == received["title"]
    assert answer["text"] == f"{received['title']}\n\n{received['message']}"
    printed = function.printed()
    assert ([1], [0]) == (printed.metrics["MessagesSent"], printed.metrics["MessageFailures"])
    assert MESSAGES_SERVICE == printed.emf[0]["service"]
    assert not any("Day 21" in json.dumps(line) for line in printed.logs)


def test_a_done_day_is_silent(make_function: Any, service: Listener) -> None:
    """Nothing is sent, and the reason is given."""
    function = make_function(service, done=True)
    answer = function(now())
    assert {"sent": False, "reason": "today is done", "state": "done_today", "text": ""} == answer
    assert [] == service.requests
    assert [0] == function.printed().metrics["MessagesSent"]


def test_a_start_that_is_delivered_twice_at_once_tells_once(make_function: Any, service: Listener) -> None:
    """Both end well; one has sent it, the other says so."""
    function, scheduled = make_function(service), now()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: function(scheduled), range(2)))
    assert 1 == len(service.requests)
    assert [False, True] == sorted(one["sent"] for one in answers)
    assert "it has been sent already" in {one["reason"] for one in answers}
    assert "it has been sent already" == function(scheduled)["reason"]


def test_a_channel_that_fails_raises_and_the_retry_reaches_it(make_function: Any, service: Listener) -> None:
    """Lambda's own retry is the second try; the failure is counted, and no secret is in what it raises or logs."""
    function, scheduled = make_function(service), now()
    service.status = 503
    with pytest.raises(MessageFailed, match=r"json 1: .*503") as caught:
        function(scheduled)
    printed = function.printed()
    assert ([0], [1]) == (printed.metrics["MessagesSent"], printed.metrics["MessageFailures"])
    assert not any(secret in f"{caught.value} {printed.logs}" for secret in SECRETS)
    service.status = 200
    assert function(scheduled)["sent"]
    assert 2 == len(service.requests)


def test_a_message_without_a_channel_is_counted_as_a_failure(
    make_function: Any, service: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be said is answered, with what to do; it is not raised, because no retry would help."""
    function = make_function(service)
    monkeypatch.delenv("NOTIFY_URLS")
    answer = function(now())
    assert (False, "at_risk") == (answer["sent"], answer["state"])
    assert "there is no channel: `myrunstreak message --add -` adds one" in answer["reason"]
    assert "Day 21 is still open" in answer["text"]
    assert [1] == function.printed().metrics["MessageFailures"]


def test_yesterdays_start_says_nothing(make_function: Any, service: Listener) -> None:
    """A day late."""
    answer = make_function(service)(now() - timedelta(days=1))
    assert (False, "the day of this reminder is over") == (answer["sent"], answer["reason"])
    assert [] == service.requests


def test_an_event_that_cannot_be_understood_is_a_failure_that_is_counted(
    make_function: Any, service: Listener
) -> None:
    """One line, and the metric."""
    function = make_function(service)
    with pytest.raises(Exception, match="The message event's field 'kind'"):
        lambda_handler({"kind": "remind"}, Context())
    assert [1] == function.printed().metrics["MessageFailures"]


def test_settings_that_cannot_be_understood_are_a_failure_that_is_counted(
    make_function: Any, service: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read."""
    function = make_function(service)
    monkeypatch.setenv("REMIND_AT", "half past six")
    with pytest.raises(Exception, match="REMIND_AT is 'half past six'"):
        function(now())
    assert [1] == function.printed().metrics["MessageFailures"]

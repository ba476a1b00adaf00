"""`myrunstreak message`: previews, sending with a real look at Smashrun, and channels whose addresses stay unseen."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest
from myrunstreak.composition import open_messenger
from myrunstreak.instants import utc_now
from myrunstreak.messages.marks import CLAIM
from typer.testing import CliRunner

from scripts.cli import app
from scripts.local_settings import load_settings
from scripts.simulator import Fault
from tests.stage.listener import Listener, listening
from tests.tools.commands.conftest import Runner, a_run


@pytest.fixture
def service(stranger: Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A service on loopback, and a place for addresses."""
    monkeypatch.setenv("NOTIFY_URLS", "file:data/channels.json")
    # One occasion all day: a minute that passes between two commands changes nothing.
    monkeypatch.setenv("REMIND_AT", "00:00")
    with listening() as listener:
        stranger.secrets += ["planted-password-1", "planted-token-2"]
        yield listener


def test_a_reminder_is_shown_and_nothing_is_sent_or_asked(synced: Runner, service: Listener) -> None:
    """Both ways to say it, and as JSON; Smashrun is not asked."""
    asked = len(synced.simulator.requests)
    synced.types("message", "--add", service.url)
    for words in (("reminder",), ("reminder", "--preview"), ("--preview", "reminder")):
        shown = synced.types("message", *words)
        assert 0 == shown.code
        assert "Day 41 is still open\nAny run by midnight, " in shown.out
        assert "if nothing new comes until then" in shown.err
    document = synced.types("message", "reminder", "--json").json
    (item,) = document["items"]
    assert ("at_risk", "Day 41 is still open") == (item["state"], item["title"])
    assert (asked, []) == (len(synced.simulator.requests), service.requests)


def test_digest_and_milestone_are_shown(synced: Runner) -> None:
    """The newest week that is over, and the next milestone."""
    digest = synced.types("message", "digest")
    assert (0, "") == (digest.code, digest.err)
    assert digest.out.startswith("Your week: ")
    milestone = synced.types("message", "milestone")
    assert milestone.out.startswith("Day 50 is done\n50 days in a row, from ")


def test_without_a_streak_a_preview_says_why_it_is_silent(runner: Runner) -> None:
    """And without a record what to do."""
    shown = runner.types("message", "reminder")
    assert (2, "") == (shown.code, shown.out)
    assert "There is no database" in shown.err


def test_sending_looks_first_and_sends_once(synced: Runner, service: Listener) -> None:
    """A second time it says that it was sent; each look takes at most four requests."""
    synced.types("message", "--add", service.url)
    asked = len(synced.simulator.requests)
    first = synced.types("message", "reminder", "--send")
    assert (0, "Sent to json 1: Day 41 is still open\n") == (first.code, first.out)
    again = synced.types("message", "reminder", "--send")
    assert (0, "Already sent to json 1.\n") == (again.code, again.out)
    (message,) = service.messages
    assert "Day 41 is still open" == message["title"]
    assert 1 <= len(synced.simulator.requests) - asked <= 8


def test_a_run_that_has_come_meanwhile_is_reason_for_silence(synced: Runner, service: Listener) -> None:
    """The look finds it."""
    synced.types("message", "--add", service.url)
    synced.simulator.add(a_run(-1))
    told = synced.types("message", "reminder", "--send", "--json").json
    assert (False, "today is done", "done_today", "") == (
        told["sent"],
        told["reason"],
        told["state"],
        told["text"],
    )
    assert [] == service.requests
    assert "Silent: today is done.\n" == synced.types("message", "reminder", "--send").out


def test_smashrun_down_is_told(synced: Runner, service: Listener) -> None:
    """What is unknown, since when; the exit code is that of a message that was sent."""
    synced.types("message", "--add", service.url)
    synced.simulator.inject(Fault.status(503, times=99))
    told = synced.types("message", "reminder", "--send")
    assert (0, "Sent to json 1: I cannot see Smashrun: day 41 may still be open\n") == (told.code, told.out)


def test_why_smashrun_cannot_be_seen_is_said_on_the_terminal_and_not_in_the_message(
    synced: Runner, service: Listener
) -> None:
    """Dead tokens: one line says what to type."""
    synced.types("message", "--add", service.url)
    synced.simulator.inject(Fault.revoke_all())
    told = synced.types("message", "reminder", "--send")
    assert "myrunstreak: Smashrun cannot be seen: " in told.err
    assert "make auth" in told.err
    assert "make auth" not in service.messages[0]["message"]


def test_a_channel_that_refuses_is_named_and_fails_the_command(synced: Runner, service: Listener) -> None:
    """One line; the others have got it."""
    synced.types("message", "--add", service.url)
    synced.types("message", "--add", service.url.replace("json:", "form:"))
    service.status = 500
    told = synced.types("message", "reminder", "--send")
    assert (1, "") == (told.code, told.out)
    assert all(f"myrunstreak: not sent to {name}: " in told.err for name in ("form 2", "json 1"))
    service.status = 200
    assert 0 == synced.types("message", "reminder", "--send").code


def test_channels_are_added_from_standard_input_tried_listed_and_removed(
    synced: Runner, service: Listener
) -> None:
    """An address on the command line is in the shell's history, which is said."""
    added = CliRunner().invoke(app, ["message", "--add", "-"], input=service.url + "\n")
    assert (0, "Added: json 1. `myrunstreak message --send-test` tries it.\n") == (
        added.exit_code,
        added.stdout,
    )
    assert "history" in synced.types("message", "--add", "ntfy://planted-token-2").err
    assert "Channels   json 1, ntfy 2\n" in synced.types("message").out
    assert {"removed": "ntfy 2"} == synced.types("message", "--remove", "2", "--json").json
    tried = synced.types("message", "--send-test")
    assert (0, "Sent to json 1.\n") == (tried.code, tried.out)
    service.status = 403
    failed = synced.types("message", "--send-test", "--json")
    assert (1, []) == (failed.code, failed.json["sent"])
    assert "403" in failed.json["failed"]["json 1"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--send",), "Name the message: reminder, digest or milestone."),
        (("reminder", "--send-test"), "reminder goes with --preview or --send."),
        (("reminder", "--send", "--preview"), "Choose one of --preview and --send."),
        (("reminder", "--send"), "There is no channel to send to. Add one: `myrunstreak message --add -`"),
        (("--send-test",), "There is no channel to send to. Add one: `myrunstreak message --add -`"),
        (("--remove", "1"), "There is no channel 1; `myrunstreak message` lists them."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(synced: Runner, words: tuple[str, ...], line: str) -> None:
    """Exit 2."""
    refused = synced.types("message", *words)
    assert (2, "") == (refused.code, refused.out)
    assert line in refused.err
    assert 1 == refused.err.count("\n")


def test_what_is_set_up_is_shown(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by default; with times and zone once it is on."""
    assert "Reminders  off (REMIND_AT is not set)" in synced.types("message").out
    monkeypatch.setenv("REMIND_AT", "21:30,18:30")
    monkeypatch.setenv("DIGEST", "true")
    shown = synced.types("message").out
    assert "Reminders  at 18:30 and 21:30, UTC\nDigest     milestones, week and year\n" in shown
    facts = synced.types("message", "--json").json
    assert {"remind_at": ["18:30", "21:30"], "timezone": "UTC", "digest": True, "channels": []} == facts


def test_a_damaged_list_of_channels_is_said(synced: Runner, service: Listener) -> None:
    """Where channels are listed and where something is sent; nothing of it is shown."""
    file = synced.folder / "data" / "channels.json"
    file.write_text('{"urls": "planted-token-2"}', encoding="utf-8")
    file.chmod(0o600)
    for words in ((), ("--send-test",), ("reminder", "--send"), ("--add", service.url)):
        refused = synced.types("message", *words)
        assert refused.code in {1, 2}
        assert "channels.json does not hold a list of addresses. Restore" in refused.err
        assert 1 == refused.err.count("\n")


def test_a_process_that_is_killed_while_it_sends_does_not_silence_the_evening(
    synced: Runner, service: Listener
) -> None:
    """SIGKILL in the middle of the request: a minute later the next start sends it."""
    synced.types("message", "--add", service.url)
    service.delay_s = 20
    process = synced.starts("message", "reminder", "--send")
    end = time.monotonic() + 60
    while not service.requests and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    assert -signal.SIGKILL == process.wait()
    (mark,) = json.loads((synced.folder / "data" / "messages" / "json-1.json").read_bytes()).values()
    assert "claimed" == mark["state"]
    service.delay_s = 0
    told = open_messenger(load_settings(), clock=lambda: utc_now() + CLAIM).tell("reminder")
    assert (True, "at_risk", {}) == (told.is_sent, told.state, told.failures)
    assert 2 == len(service.requests)

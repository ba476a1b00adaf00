"""What every command has in common: how it ends, and what it shows while it works."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from myrunstreak.errors import (
    InvalidSettings,
    MyRunStreakError,
    ReauthorisationRequired,
    SourceUnavailable,
    StoreCorrupt,
)
from myrunstreak.redaction import remember
from rich.console import Console

from scripts.display.progress import SyncProgress
from scripts.display.terminal import ago, data_output, exit_code_of, json_text, plain, size_text

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def failing(error: BaseException) -> int:
    """An action that ends so."""
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SourceUnavailable("Smashrun is away."), 1),
        (StoreCorrupt("The file is damaged."), 1),
        (InvalidSettings("A setting is wrong."), 2),
        (ReauthorisationRequired("The tokens are dead"), 3),
        (ValueError("surprise"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_error_has_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    """One line on standard error, nothing on standard output, no stack trace."""
    assert code == exit_code_of(lambda: failing(error))
    said = capsys.readouterr()
    assert ("", 1) == (said.out, said.err.count("\n"))
    assert "Traceback" not in said.err


def test_debug_shows_where_an_error_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    """With --debug the stack is there, without the secrets in it."""
    remember("planted-token-value")
    exit_code_of(lambda: failing(MyRunStreakError("refused planted-token-value")), debug=True)
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "planted-token-value" not in said


def test_an_interrupted_engine_counts_as_ctrl_c() -> None:
    """The database turns Ctrl-C in mid-statement into an error of its own: still exit 130."""

    def interrupted() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None
        return 0

    before = signal.getsignal(signal.SIGINT)
    assert 130 == exit_code_of(interrupted)
    assert before is signal.getsignal(signal.SIGINT)


def test_progress_is_shown_on_a_terminal_only() -> None:
    """A terminal sees runs so far and details n of m; a pipe sees nothing."""
    for is_terminal in (True, False):
        screen = io.StringIO()
        with SyncProgress(Console(file=screen, force_terminal=is_terminal, width=120)) as progress:
            progress.show_runs(1_200)
            progress.stage("comparing")
            progress.show_details(3, 40)
        assert is_terminal == ("1,200" in screen.getvalue())
        assert is_terminal == ("3 of 40" in screen.getvalue())


def test_more_runs_than_expected_are_no_error() -> None:
    """The expected number of runs is a guess: the bar goes on without one."""
    screen = io.StringIO()
    with SyncProgress(Console(file=screen, force_terminal=True, width=120), expected_runs=10) as progress:
        progress.show_runs(11)
    assert "11 of 10" not in screen.getvalue()


def test_a_text_from_outside_cannot_steer_the_terminal() -> None:
    """Control characters are left out; line ends and tabs stay."""
    assert "red[31m\ttab\nline" == plain("red\x1b[31m\ttab\nline\x07\x9b")


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "just now"),
    ],
)
def test_times_are_said_in_the_largest_unit(past: timedelta, words: str) -> None:
    """A reader wants to know roughly; a clock that differs a little changes nothing."""
    assert words == ago(NOW - past, NOW)


def test_sizes_are_said_in_units() -> None:
    """Bytes, kB, MB, GB."""
    assert ["12 bytes", "3 kB", "3.7 MB", "2.0 GB"] == [size_text(n) for n in (12, 3_400, 3_682_304, 2e9)]


HOSTILE = "x\x1b]0;mine\x07\x1b[2J\x00\x9b31m\u202e\x7f é\N{RUNNER}"


@pytest.mark.parametrize("terminal", [True, False])
def test_data_steers_no_terminal_and_is_whole_for_a_program(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note with escape sequences: plain where a person looks, verbatim in a pipe."""
    seen = io.StringIO()
    monkeypatch.setattr(seen, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("sys.stdout", seen)
    data_output().write(HOSTILE)
    assert ("x]0;mine[2J31m é\N{RUNNER}" if terminal else HOSTILE) == seen.getvalue()


def test_json_escapes_what_would_steer_a_terminal() -> None:
    """And loses nothing of it."""
    text = json_text({"notes": HOSTILE})
    assert {"notes": HOSTILE} == json.loads(text)
    assert plain(text) == text

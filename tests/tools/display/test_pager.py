"""Long answers go through the runner's pager, and nothing is lost without one."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from scripts.display.pager import paged
from tests.stage.terminal import Terminal

LONG = [f"line {number}" for number in range(2_000)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A screen of 24 lines."""
    for name, value in {"TERM": "xterm", "LINES": "24", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    return Terminal()


def show(terminal: Terminal, lines: list[str]) -> None:
    """Print lines on it, through the pager where they are many."""
    with redirect_stdout(terminal), paged():
        for line in lines:
            print(line)


def test_what_is_longer_than_the_screen_is_paged(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of it is the pager's input, and nothing else is printed; blanks in its command are understood."""
    page = tmp_path / "a page.txt"
    write = f"import sys; open('{page}', 'w').write(sys.stdin.read())"
    monkeypatch.setenv("PAGER", f'{sys.executable} -c "{write}"')
    show(terminal, LONG)
    assert (LONG, "") == (page.read_text().splitlines(), terminal.text)


@pytest.mark.parametrize("count", [0, 3, 23])
def test_what_the_screen_can_hold_is_printed(
    terminal: Terminal, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pager is started for it."""
    monkeypatch.setenv("PAGER", "false")
    show(terminal, LONG[:count])
    assert LONG[:count] == terminal.text.splitlines()


@pytest.mark.parametrize("pager", ["cat", "", "no-such-program-here", "'unfinished"])
def test_without_a_pager_all_is_printed(
    terminal: Terminal, pager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched off, missing, or not understood."""
    monkeypatch.setenv("PAGER", pager)
    show(terminal, LONG)
    assert LONG == terminal.text.splitlines()


def test_a_terminal_that_cannot_move_its_cursor_has_none(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the runner has chosen one."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("PAGER", raising=False)
    show(terminal, LONG)
    assert LONG == terminal.text.splitlines()


def test_a_pager_that_is_left_early_is_no_error(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command stops writing, and says nothing of it."""
    monkeypatch.setenv("PAGER", f"{sys.executable} -c pass")
    show(terminal, LONG * 100)
    assert "" == terminal.text


def test_an_error_within_is_still_one(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was printed before it is shown, and then the error goes on its way."""
    monkeypatch.setenv("PAGER", "false")

    def fail() -> None:
        with redirect_stdout(terminal), paged():
            print("first")
            raise ValueError("later")

    with pytest.raises(ValueError, match="later"):
        fail()
    assert "first\n" == terminal.text

"""What commands print on a terminal: no word broken at any width, no content lost without colours or symbols."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.stage.terminal import Terminal, type_on, without_colours

from .clubs import found_club
from .conftest import Runner
from .questions import questions

WIDTHS = (36, 60, 80, 120)
# Terminals that show less: their encoding and their environment.
POOR: list[tuple[str, dict[str, str]]] = [
    ("utf-8", {"NO_COLOR": "1"}),
    ("utf-8", {"TERM": "dumb"}),
    ("utf-8", {"LANG": "C", "LC_ALL": "C"}),
    ("cp1252", {}),
]
# The widest label; a path beside it may be longer than the line, and is left to the terminal.
LABEL = 27


@pytest.mark.parametrize("question", questions(), ids=" ".join)
def test_nothing_breaks_inside_a_word(
    synced: Runner, question: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every width each word is one of those that a wide terminal shows, and no line is wider than the screen."""
    if question[0] == "club":
        found_club(synced)
    wide, wide_later = Terminal(), Terminal()
    code = type_on(wide, question, monkeypatch, width=400)
    narrow: dict[int, set[str]] = {}
    for width in WIDTHS:
        terminal = Terminal()
        assert code == type_on(terminal, question, monkeypatch, width=width)
        shown = without_colours(terminal.text)
        for line in shown.splitlines():
            longest = max(map(cell_len, line.split()), default=0)
            assert cell_len(line.rstrip()) <= width or longest > width - LABEL, (width, line)
        said = shown.partition("not shown at this width")[0].partition(" more columns: ")[0]
        if question[0] not in {"calendar", "sql"}:
            narrow[width] = set(said.split())
    # Meanwhile a minute may have passed, and "an hour ago" with it.
    type_on(wide_later, question, monkeypatch, width=400)
    words = {word for screen in (wide, wide_later) for word in without_colours(screen.text).split()}
    for width, said in narrow.items():
        assert said <= words, width


@pytest.mark.parametrize("question", questions(), ids=" ".join)
def test_no_content_rests_on_colours_or_symbols(
    synced: Runner, question: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without colours, without cursor, in ASCII or in Windows' letters: every word is there, and no question marks."""
    if question[0] == "club":
        found_club(synced)
    rich, rich_later = Terminal(), Terminal()
    code = type_on(rich, question, monkeypatch)
    poorly: list[list[str]] = []
    for encoding, environment in POOR:
        poor = Terminal(encoding)
        with monkeypatch.context() as patched:
            assert code == type_on(poor, question, patched, environment=environment)
        shown = without_colours(poor.text)
        if environment.get("LANG") or encoding != "utf-8":
            assert shown.isascii()
        if question[0] == "calendar":
            assert {"x", "."} <= set("".join(line[4:] for line in shown.splitlines()[2:9]))
        else:
            poorly.append(shown.split())
    type_on(rich_later, question, monkeypatch)  # a minute may have passed
    richly = [without_colours(screen.text).split() for screen in (rich, rich_later)]
    for words in poorly:
        assert words in richly

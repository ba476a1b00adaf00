"""Every document: its links lead somewhere, its commands exist, and the first week can be typed as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.stage.paths import ROOT
from tests.tools.commands.conftest import Runner
from tests.tools.commands.pages import code_in, resolve

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
FIRST_WEEK = (ROOT / "docs" / "first-week.md").read_text()


def commands(text: str) -> list[list[str]]:
    """Every `myrunstreak` command in a page's shell blocks and backticks, as words."""
    typed = [code for code in code_in(text) if re.match(r"(\.venv/bin/)?myrunstreak [a-z]", code)]
    return [shlex.split(code, comments=True)[1:] for code in typed]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files that exist."""
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()) if "://" not in link]
    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    """Each `make` target is one, and each `myrunstreak` command has the options it is shown with."""
    text = page.read_text()
    makes = [code.split()[1] for code in code_in(text) if re.match(r"make [a-z]", code)]
    assert [] == [target for target in makes if target not in TARGETS]
    for words in commands(text):
        command, rest = resolve(words)
        assert not hasattr(command, "commands") or not rest, f"{words} is no command"
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, words


@pytest.mark.parametrize("words", commands(FIRST_WEEK), ids=" ".join)
def test_the_first_week_can_be_typed(synced: Runner, words: list[str], tmp_path: Path) -> None:
    """Each of its commands is answered on a record that has been synced."""
    words = [str(tmp_path / word) if word.endswith(".duckdb") else word for word in words]
    done = synced.types(*words)
    assert 0 == done.code, done.err


def test_every_decision_is_in_the_index() -> None:
    """With its number and its title."""
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for page in folder.glob("0*.md"):
        number, _, title = page.read_text().splitlines()[0].removeprefix("# ").partition(". ")
        assert f"| {number} | [{title}]({page.name}) |" in index


def test_every_document_is_on_the_front_page() -> None:
    """docs/README.md leads to each page of docs/."""
    front = (ROOT / "docs" / "README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert set() == {page for page in pages if f"]({page})" not in front}

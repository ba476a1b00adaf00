"""Every document: its links lead somewhere, and it is on the front page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.stage.paths import ROOT
from tests.tools.commands.pages import PAGES, where


def heading_anchor(heading: str) -> str:
    """How a page of Markdown names a heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files that exist."""
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()) if "://" not in link]
    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_links_to_headings_lead_to_one(page: Path) -> None:
    """In the same page or in another."""
    for file, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text()):
        there = (page.parent / file if file else page).read_text()
        headings = {heading_anchor(heading) for heading in re.findall(r"^#+ (.+)$", there, re.MULTILINE)}
        assert anchor in headings, (file, anchor)


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

"""docs/api.md is what `make docs` writes."""

from __future__ import annotations

from scripts.documents.api import page
from tests.stage.paths import ROOT

PAGE = ROOT / "docs" / "api.md"


def test_the_page_is_the_documents() -> None:
    """Written again it is the same: no path, parameter or answer is described otherwise than it is."""
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/api.md is old: make docs"


def test_the_page_names_every_path() -> None:
    """Guards the writer: a page without paths would also equal itself."""
    text = PAGE.read_text(encoding="utf-8")
    for path in (
        "/v1/streak",
        "/v1/runs/{activity_id}/splits",
        "/v1/calendar/{year}",
        "/v1/layers",
        "/v1/openapi.json",
    ):
        assert f"## `GET {path}`" in text

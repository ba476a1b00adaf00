"""Names of the files in the page's folder that more than one part knows."""

from __future__ import annotations

from typing import Final

HOME: Final = "index.html"
# The facts: see ``Facts``.
SUMMARY: Final = "summary.json"

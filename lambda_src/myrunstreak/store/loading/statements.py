"""The long statements of the loader: files under ``sql/`` with places for parts."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def statement(name: str, **parts: str | float) -> str:
    """The text of ``sql/NAME.sql``, each ``{part}`` filled in."""
    text = (resources.files("myrunstreak.store.loading") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    for part, value in parts.items():
        text = text.replace(f"{{{part}}}", str(value))
    return text

"""Long SQL statements, read from a package's ``sql/`` folder."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def read_statement(package: str, name: str, **parts: str | float) -> str:
    """The text of ``sql/NAME.sql`` in a package, with each ``{part}`` filled in."""
    text = (resources.files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    for part, value in parts.items():
        text = text.replace(f"{{{part}}}", str(value))
    return text

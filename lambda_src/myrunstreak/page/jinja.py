"""How templates are rendered: HTML is escaped, a value that is missing is an error, numbers read as everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from myrunstreak import measures
from myrunstreak.page import words

if TYPE_CHECKING:
    from jinja2 import Environment


def make_environment(folder: Path) -> Environment:
    """The templates of a folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    made: Any = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "short": words.short_number,
        "short_km": words.short_km,
        "enough": measures.enough,
        "day_text": measures.day_text,
        "long_day": words.long_day,
        "duration": measures.duration,
        "time_left": measures.time_left,
        "pace": measures.pace,
        "climb": measures.climb,
        "counted": measures.counted,
        "distance": measures.distance,
    }
    return made

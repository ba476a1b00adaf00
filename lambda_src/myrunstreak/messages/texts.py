"""Renders the templates of messages: plain ones begin with the title, an empty line, then the text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.page.jinja import make_environment

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES: Final = Path(__file__).with_name("templates")


def plain_text(name: str, **values: Any) -> tuple[str, str]:
    """Title and text of a plain template."""
    rendered = _environment().get_template(f"{name}.txt").render(values)
    title, _, text = rendered.strip().partition("\n\n")
    return title.strip(), text.strip()


def html_text(name: str, **values: Any) -> str:
    """An HTML template."""
    return _environment().get_template(f"{name}.html").render(values)


@cache
def _environment() -> Environment:
    return make_environment(_TEMPLATES)

"""Draws what a command printed as an SVG that needs nothing from anywhere else."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme

_WIDTH: Final = 88
_FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# A dark window, so that it reads the same on a light page and on a dark one.
_THEME: Final = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (126, 231, 135),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 211, 221),
        (201, 209, 217),
    ],
)
# Rich's own format without its title, its font from the network and its advertisement.
_FORMAT: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s">
<style>
.{unique_id}-matrix {{ font-family: %s; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture_console() -> Console:
    """A console that remembers what it prints."""
    return Console(
        record=True,
        file=io.StringIO(),
        width=_WIDTH,
        soft_wrap=True,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=True,
    )


def save_picture(console: Console, file: Path, *, title: str) -> None:
    """Write what the console has printed as an SVG."""
    template = _FORMAT % (f"What {title} prints", _FONTS)
    svg = console.export_svg(title=title, theme=_THEME, code_format=template, unique_id="run")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE))

"""A label and what there is to say of it, whose further lines begin below its first."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from scripts.display.program import with_program
from scripts.display.terminal import plain
from scripts.display.wrapping import wrap


def show_labelled(out: Console, label: str, text: str | Text, style: str = "", *, width: int) -> None:
    """Print a label and a text beside it.

    Args:
        width: the cells of the label and the blanks after it.
    """
    shown = with_program(Text(plain(text), style) if isinstance(text, str) else text)
    lines = wrap(shown, out.width, indent=width) if out.is_terminal else shown
    # A path that is longer than the line is left to the terminal, so that it can be copied.
    out.print(Text.assemble(f"{plain(label):<{width}}", lines), soft_wrap=True)

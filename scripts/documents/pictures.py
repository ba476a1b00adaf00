"""Draws what commands show, for the documents: each is really run, on the record that `make run` has left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.text import Text

from scripts.documents.picture import picture_console, save_picture

_FOLDER: Final = Path("docs") / "images"
_COMMANDS: Final = {
    "streak": ["streak"],
    "calendar": ["calendar"],
    "records": ["records"],
}


def draw(name: str, words: list[str]) -> None:
    """One picture of one command."""
    console = picture_console()
    coloured = {
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "COLUMNS": str(console.width),
    }
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", *words],
        env={**os.environ, **coloured},
        capture_output=True,
        text=True,
        check=True,
    )
    console.print(f"$ myrunstreak {' '.join(words)}\n", style="bold")
    console.print(Text.from_ansi(done.stdout))
    save_picture(console, _FOLDER / f"{name}.svg", title=f"myrunstreak {' '.join(words)}")


if __name__ == "__main__":
    for chosen, command in _COMMANDS.items():
        draw(chosen, command)

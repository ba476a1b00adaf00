"""Draws the pictures of the documents: each command is really run, on a demo of its own with one present.

The same code gives the same bytes. What lies in `data/` is not looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from myrunstreak.instants import utc_now
from rich.text import Text

from scripts.demo.__main__ import FOLDER, Options, run_demo
from scripts.demo.data import DATABASE
from scripts.display.terminal import standard_error
from scripts.documents.picture import picture_console, save_picture

_IMAGES: Final = Path("docs") / "images"
# What the pictures show as now, and where their Smashrun is.
_PRESENT: Final = datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
_PORT: Final = 8765
# Of a year that is over, so that nothing in it depends on today.
_COMMANDS: Final = {"calendar": ["calendar", str(_PRESENT.year - 1)]}


def main() -> None:
    """Draw all of them."""
    from scripts.documents.page_pictures import draw_pages

    images = _IMAGES.resolve()
    with tempfile.TemporaryDirectory() as work:
        record = draw_terminals(Path(work), images)
        draw_pages(record, images)


def draw_terminals(work: Path, images: Path, options: Options = Options()) -> Path:  # noqa: B008 - a frozen value
    """Draw a first `make run` in an empty folder, and commands on what it leaves; the record."""
    console = picture_console()
    console.print("$ make run\n", style="bold")
    # A clock that goes: the limits on requests wait for it.
    shift = _PRESENT - utc_now()
    with chdir(work):
        run_demo(FOLDER, options, console, standard_error(), lambda: utc_now() + shift, _PORT)
    save_picture(console, images / "make-run.svg", title="make run")
    record = work / FOLDER / DATABASE
    for name, words in _COMMANDS.items():
        _draw(name, words, record, images)
    return record


def _draw(name: str, words: list[str], record: Path, images: Path) -> None:
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
        env={**os.environ, **coloured, "DUCKDB_PATH": str(record)},
        capture_output=True,
        text=True,
        check=True,
    )
    console.print(f"$ myrunstreak {' '.join(words)}\n", style="bold")
    console.print(Text.from_ansi(done.stdout))
    save_picture(console, images / f"{name}.svg", title=f"myrunstreak {' '.join(words)}")


if __name__ == "__main__":
    main()

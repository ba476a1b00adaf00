"""`myrunstreak auth` as a file of its own: authorise with Smashrun and store the tokens. Run as `make auth`."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

if __package__ in (None, ""):  # run as a file: the other scripts are its neighbours
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.commands.auth import auth

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)
app.command()(auth)


def main() -> None:
    """The entry of the file."""
    app(prog_name="setup_tokens.py")


if __name__ == "__main__":
    main()

"""`myrunstreak page`: the runner's page as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from myrunstreak.errors import InvalidSettings
from myrunstreak.measures import counted

from scripts.commands.command import Json, Settings, command
from scripts.display.terminal import standard_output


@command(
    examples=(
        "myrunstreak page",
        "myrunstreak page --to my-page",
    )
)
def page(
    settings: Settings,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Write the whole page there, to open from disk."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the page to a folder, or the one that `serve` shows anew."""
    from scripts.record.page import open_source, refresh_page

    out = standard_output()
    if to is None:
        written = refresh_page(settings, write_all=True)
        if as_json:
            print(json.dumps({"folder": str(settings.page), "files": written}))
            return
        out.print(f"{counted(written, 'file')} in {settings.page}. `myrunstreak serve` shows the page.")
        return
    from myrunstreak.page.publish import write_pages

    with open_source(settings) as source:
        try:
            written = write_pages(source, to)
        except OSError as error:
            raise InvalidSettings(
                f"Cannot write to {to}: {error.strerror or type(error).__name__}. Name another folder."
            ) from None
    if as_json:
        print(json.dumps({"folder": str(to), "files": written}))
        return
    out.print(f"{counted(written, 'file')} in {to}. Open {to / 'index.html'}.")

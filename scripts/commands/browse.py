"""`myrunstreak browse`: the runner's page in their browser."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from myrunstreak.errors import InvalidQuestion, InvalidSettings

from scripts.commands.command import Json, Settings, command
from scripts.commands.serve import HOST, PORT, server_name
from scripts.display.terminal import plain, standard_output
from scripts.used_port import ask_server_name

_FOLDER: Final = "browse"


@command(
    examples=(
        "myrunstreak browse",
        "myrunstreak browse --print",
        "myrunstreak browse --address https://YOUR-API/",
    )
)
def browse(
    settings: Settings,
    only_print: Annotated[bool, typer.Option("--print", help="Print the address, and open nothing.")] = False,
    port: Annotated[int, typer.Option(metavar="PORT", help="Where `myrunstreak serve` would answer.")] = PORT,
    address: Annotated[
        str | None, typer.Option("--address", metavar="URL", help="A page elsewhere, such as a stack's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Open your page in the browser.

    It is the page of `myrunstreak serve` where that runs for this record; otherwise it is written as files.
    """
    found = _check(address) if address is not None else _find_page(settings, port)
    opened = not only_print and webbrowser.open(found)
    if as_json:
        print(json.dumps({"address": found, "opened": opened}))
    elif opened:
        standard_output().print(f"Opened {found}", soft_wrap=True)
    elif only_print:
        print(plain(found))
    else:
        standard_output().print(f"There is no browser here to open; your page is {found}", soft_wrap=True)


def _check(address: str) -> str:
    """An address that a browser may be sent to."""
    try:
        parts = urlsplit(address)
        is_page = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_page = False
    if not is_page:
        raise InvalidQuestion(
            f"--address is {address[:80]!r}; accepted: an address such as https://runs.example.org/."
        )
    return address


def _find_page(settings: Settings, port: int) -> str:
    """The address of the page that a server shows for this record, or of the page as files."""
    if ask_server_name(HOST, port) == server_name(settings):
        return f"http://{HOST}:{port}/"
    return _write_files(settings).as_uri()


def _write_files(settings: Settings) -> Path:
    """The page as files, in a folder beside the record; its first one."""
    from myrunstreak.page.publish import write_pages

    from scripts.places import Places
    from scripts.record.page import open_source

    database = settings.database
    place = database.parent if isinstance(database, Path) else Places.of_this_machine().data_folder
    folder = place.absolute() / _FOLDER
    with open_source(settings) as source:
        try:
            write_pages(source, folder)
        except OSError as error:
            raise InvalidSettings(
                f"Cannot write to {folder}: {error.strerror or type(error).__name__}. "
                "Write the page elsewhere: `myrunstreak page --to FOLDER`"
            ) from None
    return folder / "index.html"

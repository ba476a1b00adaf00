"""`myrunstreak share`: badge, status, calendar feed and posters at an address that cannot be guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from myrunstreak.errors import InvalidSettings, MyRunStreakError

from scripts.commands.command import Json, Settings, command
from scripts.commands.phone import LOCAL_ADDRESS, Address
from scripts.display.terminal import standard_output

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings as AllSettings
    from myrunstreak.page.sharing import Sharing
    from myrunstreak.store.blobs.port import Blobs


@command(
    examples=(
        "myrunstreak share",
        "myrunstreak share on",
        "myrunstreak share off",
    )
)
def show(settings: Settings, address: Address = LOCAL_ADDRESS, as_json: Json = False) -> None:
    """Show whether anything is shared, and where."""
    from myrunstreak.page.sharing import read_sharing

    _show(settings, read_sharing(_folder(settings)), address, as_json=as_json)


@command(
    examples=(
        "myrunstreak share on",
        "myrunstreak share on --live",
    )
)
def share_on(
    settings: Settings,
    live: Annotated[
        bool, typer.Option("--live", help="Share today too: others see whether you are still out.")
    ] = False,
    address: Address = LOCAL_ADDRESS,
    as_json: Json = False,
) -> None:
    """Share badge, status, calendar feed and posters; without --live they end with yesterday."""
    from myrunstreak.page.sharing import keep_address, write_sharing

    folder = _folder(settings)
    sharing = replace(keep_address(folder), is_on=True, is_live=live)
    write_sharing(folder, sharing)
    _show(settings, sharing, address, as_json=as_json)


@command(examples=("myrunstreak share", "myrunstreak share off"))
def share_off(settings: Settings, as_json: Json = False) -> None:
    """Share nothing any more; the address is kept for another time."""
    from myrunstreak.page.sharing import read_sharing, write_sharing

    if settings.share:
        raise InvalidSettings(
            "SHARE is true, so sharing stays on. Set it to false (deployed: pulumi config set share false; pulumi up)."
        )
    folder = _folder(settings)
    write_sharing(folder, replace(read_sharing(folder), is_on=False))
    _show(settings, read_sharing(folder), LOCAL_ADDRESS, as_json=as_json)


@command(examples=("myrunstreak share", "myrunstreak share new-address"))
def new_address(settings: Settings, address: Address = LOCAL_ADDRESS, as_json: Json = False) -> None:
    """Take another address: the old one leads nowhere from now on."""
    from myrunstreak.page import sharing as shared

    folder = _folder(settings)
    known = shared.read_sharing(folder)
    if not (known.is_on or settings.share):
        raise MyRunStreakError("Nothing is shared, so there is no address to change: `myrunstreak share on`")
    sharing = replace(known, address=shared.new_address())
    shared.write_sharing(folder, sharing)
    _show(settings, sharing, address, as_json=as_json)


def _folder(settings: AllSettings) -> Blobs:
    from myrunstreak.store.blobs import open_blobs

    return open_blobs(settings.page, settings.aws_region)


def _show(settings: AllSettings, sharing: Sharing, address: str, *, as_json: bool) -> None:
    from myrunstreak.page.sharing import PREFIX

    is_on = bool(sharing.address) and (settings.share or sharing.is_on)
    place = f"{address.rstrip('/')}{PREFIX}{sharing.address}/"
    if as_json:
        document: dict[str, Any] = {"on": is_on, "live": sharing.is_live, "address": place if is_on else None}
        print(json.dumps(document))
        return
    out = standard_output()
    if not is_on:
        out.print(
            "Nothing is shared. `myrunstreak share on` gives out badge, status, calendar feed and posters."
        )
        return
    until = "Today is shared too." if sharing.is_live else "What is shared ends with yesterday."
    out.print(f"Shared with those who know the address. {until}")
    for name in ("badge.svg", "badge.json", "status.json", "streak.ics", "poster-YEAR.svg"):
        out.print(f"  {place}{name}", soft_wrap=True)

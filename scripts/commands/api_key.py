"""`myrunstreak api-key`: the keys that open the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from scripts.commands.command import Json, Settings, command
from scripts.display.terminal import plain, standard_error, standard_output

if TYPE_CHECKING:
    from myrunstreak.api.keys import ApiKeys


@command(examples=("myrunstreak api-key new --name widget", "myrunstreak api-key new --name widget --json"))
def new(
    settings: Settings,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The name of the person or program that will use the key.")
    ],
    as_json: Json = False,
) -> None:
    """Make a key and print it, this one time."""
    key = _open(settings).new(name)
    if as_json:
        print(json.dumps({"name": name, "key": key}))
        return
    print(key)
    standard_error().print(
        "Keep it now: it is not shown again, and only its hash is stored. "
        f"Send it as the header `Authorization: Bearer {key[:6]}...`.",
        style="dim",
    )
    if settings.api_keys is None:
        from scripts.local_settings import with_place_for_keys

        standard_error().print(
            "It is the first: from its next start on, `myrunstreak serve` asks for a key, or a sign-in by "
            "`myrunstreak phone`. To have none again, remove "
            f"{str(with_place_for_keys(settings).api_keys).removeprefix('file:')}.",
            style="dim",
        )


@command(examples=("myrunstreak api-key list", "myrunstreak api-key list --json"))
def list_keys(settings: Settings, as_json: Json = False) -> None:
    """List the keys by name and date; the keys themselves are not stored."""
    keys = _open(settings).all()
    if as_json:
        items = [key.model_dump(mode="json", exclude={"sha256"}) for key in keys]
        print(json.dumps({"items": items}, indent=2))
        return
    out = standard_output()
    if not keys:
        out.print("There are no keys yet: `myrunstreak api-key new --name widget` makes one.", style="yellow")
    width = max((len(key.name) for key in keys), default=0)
    for key in keys:
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        out.print(
            Text.assemble(
                (f"{plain(key.name):<{width}}", "bold" if key.alive else "dim"),
                f"  made {key.created_at:%Y-%m-%d}  ",
                (state, "green" if key.alive else "dim"),
            )
        )


@command(examples=("myrunstreak api-key list", "myrunstreak api-key revoke widget"))
def revoke(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name that the key was made with.")],
    as_json: Json = False,
) -> None:
    """Revoke a key: it stops working at once."""
    _open(settings).revoke(name)
    if as_json:
        print(json.dumps({"name": name, "revoked": True}))
    else:
        standard_output().print(f"Revoked: the key {plain(name)!r} no longer works.")


def _open(settings: Settings) -> ApiKeys:
    from myrunstreak.api.keys import ApiKeys

    from scripts.local_settings import with_place_for_keys

    return ApiKeys.open(with_place_for_keys(settings))

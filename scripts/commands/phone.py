"""`myrunstreak phone`: a QR code that opens the page on a phone, signed in; and who is signed in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from scripts.commands.command import Json, Settings, command
from scripts.commands.serve import HOST, PORT
from scripts.display.terminal import plain, standard_error, standard_output

if TYPE_CHECKING:
    from myrunstreak.page.sessions import Sessions

LOCAL_ADDRESS: Final = f"http://{HOST}:{PORT}"
Address = Annotated[
    str, typer.Option("--address", metavar="URL", help="Where the page is served: the stack's api_url.")
]


@command(
    examples=(
        'myrunstreak phone --name "my phone"',
        "myrunstreak phone --address https://runs.example.org",
    )
)
def phone(
    settings: Settings,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What to call the phone; default: phone.")
    ] = None,
    address: Address = LOCAL_ADDRESS,
    as_json: Json = False,
) -> None:
    """Print a code that signs a phone in: it works once, for ten minutes."""
    from myrunstreak.page.sessions import shown_in_groups

    sessions = open_sessions(settings)
    name = name or _free_name(sessions)
    code = sessions.new_code(name)
    link = f"{address.rstrip('/')}/in#{code}"
    if as_json:
        print(json.dumps({"name": name, "link": link, "code": code}))
        return
    from scripts.display.qr_code import show_qr_code

    out = standard_output()
    show_qr_code(out, link)
    out.print(f"Scan it with the phone, or open {address.rstrip('/')}/in and type the code:")
    out.print(f"  {shown_in_groups(code)}", style="bold")
    errors = standard_error()
    errors.print(
        f"It signs in one phone, as {plain(name)!r}, and works for ten minutes. `myrunstreak phone list` shows all.",
        style="dim",
    )
    if address == LOCAL_ADDRESS:
        errors.print(
            "This address opens on this machine only. A phone needs the deployed page: make phone STACK=mine",
            style="dim",
        )


@command(examples=("myrunstreak phone list", "myrunstreak phone list --json"))
def list_phones(settings: Settings, as_json: Json = False) -> None:
    """List the phones that were signed in."""
    from myrunstreak.instants import utc_now

    phones, now = open_sessions(settings).phones(), utc_now()
    if as_json:
        items = [
            one.model_dump(mode="json", exclude={"sha256"}) | {"state": one.state(now)} for one in phones
        ]
        print(json.dumps({"items": items}, indent=2))
        return
    out = standard_output()
    if not phones:
        out.print("No phone is signed in: `myrunstreak phone` prints a code for one.", style="yellow")
    width = max((len(one.name) for one in phones), default=0)
    for one in phones:
        state = one.state(now)
        words = {
            "active": f"until {one.expires_at.date()}",
            "revoked": f"signed out on {one.revoked_at.date()}" if one.revoked_at else "",
            "expired": f"not used since {one.expires_at.date()}",
        }
        out.print(
            Text.assemble(
                (f"{plain(one.name):<{width}}", "bold" if state == "active" else "dim"),
                f"  since {one.created_at.date()}  ",
                (words[state], "green" if state == "active" else "dim"),
            )
        )


@command(examples=("myrunstreak phone list", 'myrunstreak phone revoke "my phone"'))
def revoke(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The phone's name.")],
    as_json: Json = False,
) -> None:
    """Sign a phone out: it is out at once."""
    open_sessions(settings).revoke(name)
    if as_json:
        print(json.dumps({"name": name, "revoked": True}))
    else:
        standard_output().print(f"Signed out: {plain(name)!r} no longer opens the page.")


def open_sessions(settings: Settings) -> Sessions:
    """The sessions of the record that the settings lead to."""
    from myrunstreak.page.sessions import Sessions
    from myrunstreak.store.blobs import open_blobs

    return Sessions(open_blobs(settings.sessions, settings.aws_region), tenant=settings.tenant)


def _free_name(sessions: Sessions) -> str:
    from myrunstreak.instants import utc_now

    now = utc_now()
    taken = {one.name for one in sessions.phones() if one.state(now) == "active"}
    return next(
        name
        for number in range(1, 1000)
        if (name := "phone" if number == 1 else f"phone {number}") not in taken
    )

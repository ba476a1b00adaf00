"""`myrunstreak api-key`: make, list and revoke the keys that open the API."""

from __future__ import annotations

import json

from myrunstreak.api.keys import ApiKeys
from rich.text import Text

from scripts.display.terminal import EXIT_DONE, plain, standard_error, standard_output
from scripts.local_settings import load_settings


def new(name: str, *, as_json: bool) -> int:
    """Make a key and print it, this one time."""
    key = ApiKeys.open(load_settings()).new(name)
    if as_json:
        print(json.dumps({"name": name, "key": key}))
        return EXIT_DONE
    print(key)
    standard_error().print(
        "Keep it now: it is not shown again, and only its hash is stored. "
        f"Send it as the header `Authorization: Bearer {key[:6]}...`.",
        style="dim",
    )
    return EXIT_DONE


def show(*, as_json: bool) -> int:
    """List the keys with their dates."""
    keys = ApiKeys.open(load_settings()).all()
    if as_json:
        print(
            json.dumps({"items": [one.model_dump(mode="json", exclude={"sha256"}) for one in keys]}, indent=2)
        )
        return EXIT_DONE
    out = standard_output()
    if not keys:
        out.print("There are no keys yet: myrunstreak api-key new --name NAME", style="yellow")
    width = max((len(one.name) for one in keys), default=0)
    for one in keys:
        state = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "alive"
        out.print(
            Text.assemble(
                (f"{plain(one.name):<{width}}", "bold" if one.alive else "dim"),
                f"  made {one.created_at:%Y-%m-%d}  ",
                (state, "green" if one.alive else "dim"),
            )
        )
    return EXIT_DONE


def revoke(name: str, *, as_json: bool) -> int:
    """Let a key open nothing any more."""
    ApiKeys.open(load_settings()).revoke(name)
    if as_json:
        print(json.dumps({"name": name, "revoked": True}))
    else:
        standard_output().print(f"Revoked: the key {plain(name)!r} opens nothing any more.")
    return EXIT_DONE

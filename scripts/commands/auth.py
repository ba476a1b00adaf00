"""`myrunstreak auth`: the runner's consent, and the tokens that it gives.

Client id and secret come from the environment, `.env`, the stored secret or a prompt; never from the command
line, where other users of the machine could read them.
"""

from __future__ import annotations

import getpass
import sys
import webbrowser
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.contract.references import FILE_PREFIX, OBJECT_PREFIX, PARAMETER_PREFIX
from myrunstreak.errors import InvalidSettings
from myrunstreak.instants import to_text

from scripts.commands.command import Json, Settings, command
from scripts.display.labelled import show_labelled
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_REAUTHORISE,
    json_text,
    plain,
    standard_error,
    standard_output,
)

if TYPE_CHECKING:
    from myrunstreak.smashrun.models import UserInfo
    from myrunstreak.smashrun.oauth import SmashrunOAuth
    from myrunstreak.tokens import TokenStatus

_LABEL: Final = 11
_OPEN: Final = "Open this address in a browser and allow MyRunStreak to read your runs:"

UserLevel = Annotated[
    bool,
    typer.Option(
        "--user-level", help="Smashrun's user-level access: no registration, ends after about 60 days."
    ),
]
Paste = Annotated[
    bool,
    typer.Option("--paste", help="Paste the address where the browser ends; for SSH and other machines."),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]


@command(
    examples=(
        "myrunstreak auth",
        "myrunstreak auth --paste",
        "myrunstreak auth --check",
    ),
    interrupted="Stopped. Nothing was stored.",
)
def auth(
    settings: Settings,
    user_level: UserLevel = False,
    paste: Paste = False,
    no_browser: NoBrowser = False,
    check: Annotated[bool, typer.Option("--check", help="Show what is stored, without secrets.")] = False,
    as_json: Json = False,
) -> int:
    """Authorise with Smashrun and store the tokens."""
    from myrunstreak.smashrun.oauth import SmashrunOAuth
    from myrunstreak.tokens import TokenManager

    name = (
        None
        if check
        else ask_for_consent(settings, user_level=user_level, paste=paste, no_browser=no_browser)
    )
    oauth = SmashrunOAuth.from_settings(settings)
    status = TokenManager(settings.tokens_secret, oauth, settings.aws_region).status()
    facts = {"secret": settings.tokens_secret, **status.model_dump(mode="json")}
    if as_json:
        print(json_text(facts if name is None else {"runner": name, **facts}))
    elif name is None:
        _show(settings, status)
    else:
        out = standard_output()
        out.print(f"Smashrun knows you as {plain(name)}.", style="green")
        out.print(f"The tokens are stored in {_place(settings)}.")
        out.print(_next_step(settings, status))
    return EXIT_DONE if not check or status.is_usable else EXIT_REAUTHORISE


def ask_for_consent(
    settings: Settings,
    *,
    user_level: bool,
    paste: bool,
    no_browser: bool,
    accept: Callable[[UserInfo], object] = lambda _: None,
    invitation: str = _OPEN,
) -> str:
    """Ask the runner for consent, and store the tokens; the runner's name.

    Args:
        accept: told whose the tokens are, before they are stored; what it raises keeps them from that.
        invitation: what is said above the address.
    """
    from myrunstreak.secrets import open_secret
    from myrunstreak.smashrun.oauth import SmashrunOAuth
    from myrunstreak.tokens import TokenManager

    from scripts.consent.authorisation import authorise, needs_paste, refuse_another_owner, store

    # Looked at before the runner is sent away: a secret that cannot be opened should not cost a consent.
    manager = TokenManager(settings.tokens_secret, None, settings.aws_region)
    manager.status()
    with open_secret(settings.tokens_secret, settings.aws_region).exclusive():
        pass
    paste = paste or needs_paste(settings)
    if settings.tenant and user_level and paste:
        raise InvalidSettings(
            "With --user-level the address where the browser ends holds the token itself, which would be yours to see. "
            "Leave out --user-level for a runner at another machine."
        )
    oauth = SmashrunOAuth.from_settings(settings) if user_level else _with_client(settings)
    authorisation = authorise(
        settings,
        oauth,
        _stay_here if no_browser else webbrowser.open,
        user_level=user_level,
        paste=_ask_for_address if paste else None,
        say=partial(_say, invitation=invitation),
    )
    refuse_another_owner(settings, authorisation.runner)
    accept(authorisation.runner)
    store(authorisation, manager, oauth)
    return authorisation.runner.display_name


def _with_client(settings: Settings) -> SmashrunOAuth:
    """The registered client: from the settings, else as stored, else by prompt."""
    from myrunstreak.secrets import open_secret
    from myrunstreak.smashrun.oauth import USER_LEVEL_CLIENT_ID, SmashrunOAuth
    from myrunstreak.token_pair import TokenPair

    oauth = SmashrunOAuth.from_settings(settings)
    if oauth.can_ask_for_tokens:
        return oauth
    stored = open_secret(settings.tokens_secret, settings.aws_region).read() or {}
    pair = TokenPair.parse(stored | {"access_token": "unused"})
    if pair is not None and pair.client_id not in (None, USER_LEVEL_CLIENT_ID) and pair.client_secret:
        return oauth.with_client(pair.client_id, pair.client_secret)
    if not sys.stdin.isatty():
        raise InvalidSettings(
            "Smashrun's client id and secret are missing, and there is no terminal to ask for them. Set "
            "SMASHRUN_CLIENT_ID and SMASHRUN_CLIENT_SECRET in the environment or in .env, or use --user-level."
        )
    client_id = oauth.client_id or input("Smashrun client id: ").strip()
    client_secret = getpass.getpass("Smashrun client secret (not shown): ").strip()
    if not client_id or not client_secret:
        raise InvalidSettings(
            "Client id and secret are both needed. Without a registration, use --user-level."
        )
    return oauth.with_client(client_id, client_secret)


def _stay_here(_: str) -> None:
    """--no-browser."""


def _ask_for_address() -> str:
    return getpass.getpass("Paste the address where the browser ends, or the code it shows (not shown): ")


def _say(text: str, *, invitation: str) -> None:
    notes = standard_error()
    if text.startswith("http"):
        notes.print(f"{invitation}\n")
        notes.print(f"{text}\n", style="cyan")
    else:
        notes.print(text)


def _show(settings: Settings, status: TokenStatus) -> None:
    out = standard_output()

    def line(label: str, text: str) -> None:
        show_labelled(out, label, text, width=_LABEL)

    line("Stored in", _place(settings))
    line("Tokens", "yes" if status.present else "none")
    if status.present:
        line("Obtained", _day(status.obtained_at))
        line("Ends", f"{_day(status.expires_at)} ({_days(status.days_left)})")
        line("Renewal", f"yes, from {_day(status.refresh_due_at)}" if status.can_refresh else "no")
    line("Client id", "known" if status.client_id_known else "none (user-level access needs none)")
    out.print(_next_step(settings, status))


def _place(settings: Settings) -> str:
    if settings.tokens_secret.startswith(FILE_PREFIX):
        file = Path(settings.tokens_secret.removeprefix(FILE_PREFIX)).expanduser()
        return f"the file {file}, {_readers(file)}"
    if settings.tokens_secret.startswith((OBJECT_PREFIX, PARAMETER_PREFIX)):
        return f"{settings.tokens_secret} in {settings.aws_region}"
    return f"AWS Secrets Manager, {settings.tokens_secret} in {settings.aws_region}"


def _readers(file: Path) -> str:
    from myrunstreak.secrets.file import make_private

    if not file.exists():
        return "which does not exist yet"
    # The settings mended what others could read when they were loaded, where that can be done.
    return "readable by others: move it" if make_private(file) else "readable by you only"


def _next_step(settings: Settings, status: TokenStatus) -> str:
    if not status.is_usable:
        return "Authorise now: `myrunstreak auth`."
    if status.can_refresh:
        # A stack's tokens are for its own function: a sync of this machine would fill another record.
        sync = "myrunstreak sync" if settings.tokens_secret.startswith("file:") else "make sync STACK=<stack>"
        return f"Each sync renews them when they are due. Next: `{sync}`."
    return f"They end on {_day(status.expires_at)} and cannot be renewed: run this command again before then."


def _day(moment: datetime | None) -> str:
    return "not known" if moment is None else to_text(moment)[:16].replace("T", " ") + " UTC"


def _days(left: float | None) -> str:
    if left is None:
        return "not known"
    return "ended" if left <= 0 else f"in {left:.0f} days" if left >= 1 else "today"

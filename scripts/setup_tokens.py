"""Authorise MyRunStreak with Smashrun and store the tokens. Run as `make auth` or as a file.

Client id and secret come from the environment, `.env`, the stored secret or a prompt; never from the command
line, where other users of the machine could read them.
"""

from __future__ import annotations

import getpass
import json
import sys
import traceback
import webbrowser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

if __package__ in (None, ""):  # run as a file: the other scripts are its neighbours
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from myrunstreak.contract.settings import FILE_PREFIX, Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.guarded_logs import guard_logs
from myrunstreak.instants import to_text
from myrunstreak.redaction import redacted
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.file import make_private
from myrunstreak.smashrun.oauth import USER_LEVEL_CLIENT_ID, SmashrunOAuth
from myrunstreak.token_pair import TokenPair
from myrunstreak.tokens import TokenManager, TokenStatus

from scripts.consent.authorisation import authorise, needs_paste, refuse_another_owner, store
from scripts.local_settings import load_settings

EXIT_OK, EXIT_FAILED, EXIT_REAUTHORISE, EXIT_INTERRUPTED = 0, 1, 3, 130

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)


@app.command(help="Authorise MyRunStreak with Smashrun and store the tokens.")
def setup_tokens(
    user_level: Annotated[
        bool,
        typer.Option(
            "--user-level", help="Smashrun's user-level access: no registration, ends after about 60 days."
        ),
    ] = False,
    paste: Annotated[
        bool,
        typer.Option("--paste", help="Paste the address the browser ends at; for SSH and other machines."),
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Show what is stored, without secrets.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """The command; exits with 0 done, 1 failed, 2 settings, 3 authorisation needed."""
    guard_logs()
    out, notes = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)
    try:
        settings = load_settings()
        if check:
            code = show_status(settings, out, as_json=as_json)
        else:
            browser = _stay_here if no_browser else webbrowser.open
            code = run(settings, out, notes, browser, user_level=user_level, paste=paste, as_json=as_json)
    except MyRunStreakError as error:
        notes.print(redacted(str(error)), style="red", markup=False)
        code = error.exit_code
    except (KeyboardInterrupt, EOFError) as stopped:
        notes.print("Stopped; nothing was stored.", style="red")
        code = EXIT_INTERRUPTED if isinstance(stopped, KeyboardInterrupt) else EXIT_FAILED
    except Exception as error:
        code = EXIT_FAILED
        if debug:
            notes.print(redacted(traceback.format_exc()), markup=False)
        else:
            notes.print(
                f"Failed: {type(error).__name__}. Run it again with --debug to see where.", style="red"
            )
    raise typer.Exit(code)


def run(
    settings: Settings,
    out: Console,
    notes: Console,
    open_browser: Callable[[str], object],
    *,
    user_level: bool = False,
    paste: bool = False,
    as_json: bool = False,
) -> int:
    """Authorise and store; the exit code."""
    # Looked at before the runner is sent away: a secret that cannot be opened should not cost a consent.
    manager = TokenManager(settings.tokens_secret, None, settings.aws_region)
    manager.status()
    with open_secret(settings.tokens_secret, settings.aws_region).exclusive():
        pass
    oauth = SmashrunOAuth.from_settings(settings) if user_level else _with_client(settings)

    def say(text: str) -> None:
        if text.startswith("http"):
            notes.print("Open this address in a browser and allow MyRunStreak to read your runs:\n")
            notes.print(text, style="cyan", markup=False, highlight=False)
            notes.print()
        else:
            notes.print(text, markup=False)

    by_hand = _ask_for_address if paste or needs_paste(settings) else None
    authorisation = authorise(settings, oauth, open_browser, user_level=user_level, paste=by_hand, say=say)
    refuse_another_owner(settings, authorisation.runner)
    store(authorisation, manager, oauth)
    status = TokenManager(settings.tokens_secret, oauth, settings.aws_region).status()
    if as_json:
        out.print_json(json.dumps({"runner": authorisation.runner.display_name, **_facts(settings, status)}))
        return EXIT_OK
    out.print(f"Smashrun knows you as {authorisation.runner.display_name}.", markup=False, style="green")
    out.print(f"The tokens are stored in {_place(settings)}.", markup=False)
    out.print(_future(status), markup=False)
    return EXIT_OK


def show_status(settings: Settings, out: Console, *, as_json: bool = False) -> int:
    """Print what is stored, without secrets; the exit code says whether it is of use."""
    oauth = SmashrunOAuth.from_settings(settings)
    status = TokenManager(settings.tokens_secret, oauth, settings.aws_region).status()
    if as_json:
        out.print_json(json.dumps(_facts(settings, status)))
    else:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_row("Stored in", _place(settings))
        table.add_row("Tokens", "yes" if status.present else "none")
        if status.present:
            table.add_row("Obtained", _day(status.obtained_at))
            table.add_row("Ends", f"{_day(status.expires_at)} ({_days(status.days_left)})")
            table.add_row(
                "Renews by itself", f"yes, from {_day(status.refresh_due_at)}" if status.can_refresh else "no"
            )
        table.add_row(
            "Client id", "known" if status.client_id_known else "none (user-level access needs none)"
        )
        out.print(table)
        out.print(_future(status), markup=False)
    return EXIT_OK if _is_of_use(status) else EXIT_REAUTHORISE


def _with_client(settings: Settings) -> SmashrunOAuth:
    """The registered client: from the settings, else as stored, else by prompt."""
    oauth = SmashrunOAuth.from_settings(settings)
    if oauth.can_ask_for_tokens:
        return oauth
    stored = open_secret(settings.tokens_secret, settings.aws_region).read() or {}
    pair = TokenPair.parse(stored | {"access_token": "unused"})
    if pair is not None and pair.client_id not in (None, USER_LEVEL_CLIENT_ID) and pair.client_secret:
        return oauth.with_client(pair.client_id, pair.client_secret)
    if not sys.stdin.isatty():
        raise InvalidSettings(
            "Smashrun's client id and secret are missing and nobody can be asked. Set SMASHRUN_CLIENT_ID and "
            "SMASHRUN_CLIENT_SECRET in the environment or in .env, or use --user-level."
        )
    client_id = oauth.client_id or input("Smashrun client id: ").strip()
    client_secret = getpass.getpass("Smashrun client secret (not shown): ").strip()
    if not client_id or not client_secret:
        raise InvalidSettings(
            "Client id and secret are both needed. Without a registration, use --user-level."
        )
    return oauth.with_client(client_id, client_secret)


def _ask_for_address() -> str:
    return getpass.getpass("Paste the address that the browser ends at, or the code it shows (not shown): ")


def _stay_here(_: str) -> None:
    """--no-browser."""


def _is_of_use(status: TokenStatus) -> bool:
    alive = status.days_left is None or status.days_left > 0
    return status.present and (alive or status.can_refresh)


def _facts(settings: Settings, status: TokenStatus) -> dict[str, object]:
    return {"secret": settings.tokens_secret, **status.model_dump(mode="json")}


def _place(settings: Settings) -> str:
    if settings.tokens_secret.startswith(FILE_PREFIX):
        file = Path(settings.tokens_secret.removeprefix(FILE_PREFIX)).expanduser()
        return f"the file {file}, {_readers(file)}"
    return f"AWS Secrets Manager, {settings.tokens_secret} in {settings.aws_region}"


def _readers(file: Path) -> str:
    if not file.exists():
        return "which is not there yet"
    # What others could read was mended when the settings were loaded, where that can be done.
    return "readable by others: move it" if make_private(file) else "readable by you only"


def _future(status: TokenStatus) -> str:
    if not _is_of_use(status):
        return "Authorise now: run scripts/setup_tokens.py (or `make auth`)."
    if status.can_refresh:
        return "They renew themselves at every sync that finds it time. Next: `myrunstreak sync`."
    return f"They end on {_day(status.expires_at)} and cannot be renewed: run this command again before then."


def _day(moment: datetime | None) -> str:
    return "not known" if moment is None else to_text(moment)[:16].replace("T", " ") + " UTC"


def _days(left: float | None) -> str:
    if left is None:
        return "not known"
    return "over" if left <= 0 else f"in {left:.0f} days" if left >= 1 else "today"


def main() -> None:
    """The entry of the file."""
    app(prog_name="setup_tokens.py")


if __name__ == "__main__":
    main()

"""The `myrunstreak` command. Each command's work is in its own module; here are only the words of the terminal.

Results go to standard output, everything else to standard error. With `--json` standard output is one JSON
document and nothing else. Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 authorise again,
4 done in part, 130 stopped by Ctrl-C. An error is one line on standard error, with `--json` too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.numbers import add_commands
from scripts.display.terminal import exit_code_of
from scripts.setup_tokens import setup_tokens

_EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 authorise again, 4 done in part, 130 stopped."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from, and the log.")]

app = typer.Typer(
    name="myrunstreak",
    help="Keep your Smashrun record as your own: sync it, check it, ask it anything.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)
quarantine = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(quarantine, name="quarantine", help="Records of Smashrun's that could not be stored.")

api_key = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(api_key, name="api-key", help="Keys that open the API.")

add_commands(app)
app.command("auth", help="Authorise with Smashrun and store the tokens.")(setup_tokens)


@app.command()
def sync(
    full: Annotated[bool, typer.Option("--full", help="Walk the whole history.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Treat as changed since this day: YYYY-MM-DD."),
    ] = None,
    no_details: Annotated[
        bool, typer.Option("--no-details", help="Leave laps, splits and recordings for later.")
    ] = False,
    accept_deletes: Annotated[
        bool,
        typer.Option("--accept-deletes", help="Mark runs deleted even if very many vanished at once."),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another sync on this machine to end, at most 10 minutes.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fetch what is new, changed or deleted on Smashrun."""

    def work() -> int:
        from scripts.commands import sync as cli_sync

        return cli_sync.run(
            full=full,
            since=since.date() if since else None,
            details=not no_details,
            accept_deletes=accept_deletes,
            as_json=as_json,
            wait=wait,
        )

    kept = "Stopped. Nothing is lost: what was fetched is kept, and the next sync goes on from there."
    _end(work, debug, interrupted=kept)


@app.command()
def status(as_json: Json = False, debug: Debug = False) -> None:
    """Show the streak, how fresh the record is, and what waits."""

    def work() -> int:
        from scripts.commands import status as cli_status

        return cli_status.run(as_json=as_json)

    _end(work, debug)


@app.command()
def verify(as_json: Json = False, debug: Debug = False) -> None:
    """Compare every stored run with Smashrun, field by field; changes nothing. Exit 4 on drift."""

    def work() -> int:
        from scripts.commands import verify as cli_verify

        return cli_verify.run(as_json=as_json)

    _end(work, debug, interrupted="Stopped. Nothing was changed.")


@app.command()
def rebuild(
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where the new database goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    accept_fewer: Annotated[
        bool, typer.Option("--accept-fewer", help="Keep it even if it has fewer runs than the record has.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Build the database again from the raw archive, without network."""

    def work() -> int:
        from scripts.commands import rebuild as cli_rebuild

        return cli_rebuild.run(to, force=force, as_json=as_json, accept_fewer=accept_fewer)

    _end(work, debug, interrupted="Stopped. No database was written, the archive is as it was.")


@quarantine.command("list")
def quarantine_list(as_json: Json = False, debug: Debug = False) -> None:
    """Show what could not be stored, and why."""

    def work() -> int:
        from scripts.commands import quarantine as cli_quarantine

        return cli_quarantine.show(as_json=as_json)

    _end(work, debug)


@quarantine.command("retry")
def quarantine_retry(as_json: Json = False, debug: Debug = False) -> None:
    """Try again to store what could not be stored, fetching it anew where it has an id."""

    def work() -> int:
        from scripts.commands import quarantine as cli_quarantine

        return cli_quarantine.retry(as_json=as_json)

    _end(work, debug, interrupted="Stopped. Nothing is lost: what was not stored is still in quarantine.")


@api_key.command("new")
def api_key_new(
    name: Annotated[str, typer.Option(metavar="NAME", help="Who or what will use the key.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Make a key and print it, this one time."""

    def work() -> int:
        from scripts.commands import api_key as cli_api_key

        return cli_api_key.new(name, as_json=as_json)

    _end(work, debug)


@api_key.command("list")
def api_key_list(as_json: Json = False, debug: Debug = False) -> None:
    """List the keys with their dates; the keys themselves are known to nobody."""

    def work() -> int:
        from scripts.commands import api_key as cli_api_key

        return cli_api_key.show(as_json=as_json)

    _end(work, debug)


@api_key.command("revoke")
def api_key_revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name that the key was made with.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Let a key open nothing any more, at once."""

    def work() -> int:
        from scripts.commands import api_key as cli_api_key

        return cli_api_key.revoke(name, as_json=as_json)

    _end(work, debug)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="SQL", help='For example "FROM streaks".')],
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    bom: Annotated[
        bool, typer.Option("--bom", "--excel", help="With --csv: mark it as UTF-8 for Excel.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Ask the database in SQL; it is opened for reading only."""
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    if bom and not as_csv:
        raise typer.BadParameter("--bom is for --csv")

    def work() -> int:
        from scripts.commands import sql as cli_sql

        return cli_sql.run(statement, as_json=as_json, as_csv=as_csv, bom=bom)

    _end(work, debug)


@app.command()
def serve(
    port: Annotated[int, typer.Option(metavar="PORT", help="The port on this machine.")] = 8787,
    debug: Debug = False,
) -> None:
    """Answer the API on this machine, with a page to try it out."""

    def work() -> int:
        from scripts.commands import serve as cli_serve

        return cli_serve.run(port)

    _end(work, debug)


def _end(work: Callable[[], int], debug: bool, *, interrupted: str = "Stopped.") -> None:
    raise typer.Exit(exit_code_of(work, debug=debug, interrupted=interrupted))


def main() -> None:
    """The entry of the command."""
    app()


if __name__ == "__main__":
    main()

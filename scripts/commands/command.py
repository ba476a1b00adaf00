"""What all commands share: options of the same meaning, and how a command begins and ends."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Literal

import typer
from myrunstreak.errors import InvalidQuestion

from scripts.display.terminal import EXIT_DONE, exit_code_of

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings
else:
    Settings = object  # heavy to import, and no option


def read_day(text: str) -> date:
    """The day of a date option."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; accepted: YYYY-MM-DD") from None


def day_option(*names: str, help: str) -> Any:  # noqa: A002 - typer's name
    """An option that takes a day."""
    return typer.Option(*names, parser=read_day, metavar="DATE", help=help)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV and nothing else.")]
Bom = Annotated[bool, typer.Option("--bom", "--excel", help="With CSV: mark it as UTF-8 for Excel.")]
UnitsOption = Annotated[
    Literal["km", "mi"] | None, typer.Option("--units", help="km or mi; default: the setting UNITS.")
]
First = Annotated[date | None, day_option("--from", help="The first day.")]
Last = Annotated[date | None, day_option("--to", help="The last day.")]
AsOf = Annotated[date | None, day_option("--as-of", help="Answer as of the end of this day.")]
Minimum = Annotated[
    str | None,
    typer.Option("--min", metavar="MIN", help="What makes a run day: any, mile, 1km, 5km or a number of km."),
]
_DEBUG = inspect.Parameter(
    "debug",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--debug", help="Show the log, and where an error comes from.")],
)


def command(*, interrupted: str = "Stopped.") -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Make a command of a function that takes the settings and then its options, and returns its exit code.

    The command has `--debug` too, and turns any error into an exit code and one line on standard error.

    Args:
        interrupted: what to say after Ctrl-C.
    """

    def decorate(body: Callable[Concatenate[Settings, ...], int | None]) -> Callable[..., None]:
        @functools.wraps(body)
        def run(*, debug: bool, **options: Any) -> None:
            def work() -> int:
                from scripts.local_settings import load_settings

                return body(load_settings(), **options) or EXIT_DONE

            raise typer.Exit(exit_code_of(work, debug=debug, interrupted=interrupted))

        types = typing.get_type_hints(body, include_extras=True)
        _, *options = inspect.signature(body).parameters.values()
        parameters = [one.replace(annotation=types[one.name]) for one in options] + [_DEBUG]
        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
        run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return decorate


def without_subcommand(body: Callable[..., None]) -> Callable[..., None]:
    """The callback of a group that is a command of its own where none of its commands is named."""

    @functools.wraps(body)
    def run(context: typer.Context, **options: Any) -> None:
        if context.invoked_subcommand is None:
            body(**options)

    whole = inspect.signature(body)
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    run.__signature__ = whole.replace(parameters=[context, *whole.parameters.values()])  # pyright: ignore[reportAttributeAccessIssue]
    run.__annotations__ = {**body.__annotations__, "context": typer.Context}
    return run


def read_limit(limit: str) -> int | None:
    """The items in a page; None: all.

    Raises:
        InvalidQuestion: it is no number.
    """
    if limit == "all":
        return None
    if not limit.isdecimal():
        raise InvalidQuestion(f"--limit is {limit!r}; accepted: a whole number from 1 to 1000, or all.")
    return int(limit)


def at_most_one(**chosen: object) -> None:
    """Refuse options that exclude each other.

    Raises:
        InvalidQuestion: more than one of them was given.
    """
    given = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value]
    if len(given) > 1:
        raise InvalidQuestion(f"Choose one of {' and '.join(given)}.")

"""What all commands share: options of the same meaning, and how a command begins and ends."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from myrunstreak.errors import InvalidQuestion

from scripts.display.terminal import EXIT_DONE, exit_code_of
from scripts.usage.about import with_examples
from scripts.usage.days import RelativeDay, parse_day

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings
else:
    Settings = object  # heavy to import, and no option


def read_day(text: str) -> date | RelativeDay:
    """The day of an option, or a word for one, which the decorator turns into a day.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return parse_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def day_option(*names: str, help: str) -> Any:  # noqa: A002 - typer's name
    """An option that takes a day: a date, or a word such as yesterday."""
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


def command(
    *, examples: tuple[str, ...] = (), interrupted: str = "Stopped."
) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Make a command of a function that takes the settings and then its options, and returns its exit code.

    The command has `--debug` too, and turns any error into an exit code and one line on standard error. A function
    without a parameter `settings` works where they are wrong.

    Args:
        examples: two or three lines that can be typed as they stand; the help shows them.
        interrupted: what to say after Ctrl-C.
    """

    def decorate(body: Callable[..., int | None]) -> Callable[..., None]:
        options = dict(inspect.signature(body).parameters)
        needs_settings = options.pop("settings", None) is not None

        @functools.wraps(body)
        def run(*, debug: bool, **given: Any) -> None:
            def work() -> int:
                if not needs_settings:
                    return body(**given) or EXIT_DONE
                from scripts.local_settings import load_settings

                settings = load_settings()
                return body(settings, **_resolve_days(settings, given)) or EXIT_DONE

            raise typer.Exit(exit_code_of(work, debug=debug, interrupted=interrupted))

        types = typing.get_type_hints(body, include_extras=True)
        parameters = [one.replace(annotation=types[name]) for name, one in options.items()] + [_DEBUG]
        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
        run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return with_examples(*examples)(run)

    return decorate


def _resolve_days(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """Options with days in place of the words for them: which day `today` is, the record and its zone decide."""
    today: date | None = None

    def resolve(value: Any) -> Any:
        nonlocal today
        if isinstance(value, list):
            return [resolve(one) for one in cast("list[Any]", value)]
        if not isinstance(value, RelativeDay):
            return value
        if today is None:
            from scripts.record.reading import find_today

            today = find_today(settings)
        return value.on(today)

    return {name: resolve(value) for name, value in given.items()}


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

"""What all commands share: options of the same meaning, and how a command begins and ends."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from myrunstreak.errors import InvalidQuestion
from typer.models import OptionInfo

from scripts.display.pager import paged
from scripts.display.terminal import EXIT_DONE, exit_code_of
from scripts.usage.about import with_examples
from scripts.usage.days import RelativeDay, parse_day
from scripts.usage.errors import quoted

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


def read_distance(text: str) -> float:
    """The distance of an option, in km.

    Raises:
        typer.BadParameter: it is none.
    """
    from myrunstreak.contract.distances import DISTANCES_ACCEPTED, parse_distance_km

    try:
        return parse_distance_km(text)
    except ValueError:
        raise typer.BadParameter(f"{quoted(text)} is not a distance; write {DISTANCES_ACCEPTED}") from None


def read_minimum(text: str) -> str:
    """What a day needs, as the engine takes it.

    Raises:
        typer.BadParameter: it cannot be understood.
    """
    from myrunstreak.contract.tuning import MINIMUM_ACCEPTED, parse_minimum_km

    try:
        parse_minimum_km(text)
    except ValueError:
        raise typer.BadParameter(f"{quoted(text)} makes no run day; write {MINIMUM_ACCEPTED}") from None
    return text


def distance_option(*names: str, help: str) -> Any:  # noqa: A002 - typer's name
    """An option that takes a distance, which becomes km."""
    return typer.Option(*names, parser=read_distance, metavar="DISTANCE", help=help)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV and nothing else.")]
Bom = Annotated[bool, typer.Option("--bom", "--excel", help="With CSV: mark it as UTF-8 for Excel.")]
Limit = Annotated[
    str | None,
    typer.Option(
        "--limit", metavar="N", help="How many in a page, at most 1000, or all; default 20, with --csv all."
    ),
]
Cursor = Annotated[
    str | None, typer.Option("--cursor", metavar="CURSOR", help="Where the previous page ended.")
]
First = Annotated[date | None, day_option("--from", help="The first day.")]
Last = Annotated[date | None, day_option("--to", help="The last day.")]
AsOf = Annotated[date | None, day_option("--as-of", help="Answer as of the end of this day.")]
Minimum = Annotated[
    str | None,
    typer.Option(
        "--min",
        parser=read_minimum,
        metavar="MIN",
        help="What makes a run day: any, or a distance such as mile, 5km or 3mi.",
    ),
]
_UNITS = inspect.Parameter(
    "units",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        Literal["km", "mi"] | None, typer.Option("--units", help="km or mi; default: the setting UNITS.")
    ],
)
_DEBUG = inspect.Parameter(
    "debug",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--debug", help="Show the log, and where an error comes from.")],
)


def command(
    *,
    examples: tuple[str, ...] = (),
    interrupted: str = "Stopped.",
    units: bool = False,
    long: bool = False,
    passes_on: bool = False,
) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Make a command of a function that takes the settings and then its options, and returns its exit code.

    The command has `--debug` too, and turns any error into an exit code and one line on standard error. A function
    without a parameter `settings` works where they are wrong.

    Args:
        examples: two or three lines that can be typed as they stand; the help shows them.
        interrupted: what to say after Ctrl-C.
        units: whether it shows distances, and so has `--units`, which takes the place of the setting.
        long: whether its answer may be longer than a screen, and so goes through a pager on a terminal.
        passes_on: whether its arguments are another command's line.
    """

    def decorate(body: Callable[..., int | None]) -> Callable[..., None]:
        options = dict(inspect.signature(body).parameters)
        needs_settings = options.pop("settings", None) is not None
        shown: Callable[[], AbstractContextManager[None]] = paged if long else nullcontext

        @functools.wraps(body)
        def run(*, debug: bool, **given: Any) -> None:
            def work() -> int:
                if not needs_settings:
                    return body(**given) or EXIT_DONE
                from scripts.local_settings import load_settings

                settings = load_settings()
                if units and (chosen := given.pop("units")):
                    settings = settings.model_copy(update={"units": chosen})
                with shown(), _named_as_typed(parameters):
                    return body(settings, **_resolve_days(settings, given)) or EXIT_DONE

            raise typer.Exit(exit_code_of(work, debug=debug, interrupted=interrupted))

        types = typing.get_type_hints(body, include_extras=True)
        parameters = [one.replace(annotation=types[name]) for name, one in options.items()]
        parameters += [_UNITS, _DEBUG] if units else [_DEBUG]
        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
        run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        setattr(run, "passes_on", passes_on)  # noqa: B010 - a function has no such attribute of its own
        return with_examples(*examples)(run)

    return decorate


@contextmanager
def _named_as_typed(parameters: Sequence[inspect.Parameter]) -> Generator[None]:
    """Give an option its dashes where the engine refuses its value: it knows the API's name of it."""
    try:
        yield
    except InvalidQuestion as error:
        name, verb, rest = str(error).partition(" is ")
        typed = f"--{name.removeprefix('goal_').replace('_', '-')}"
        if verb and any(typed in _names(one) for one in parameters):
            raise InvalidQuestion(f"{typed}{verb}{rest}") from error
        raise


def _names(parameter: inspect.Parameter) -> tuple[object, ...]:
    """An option's names: Typer keeps the first where a default would be."""
    [about] = getattr(parameter.annotation, "__metadata__", (None,))
    if not isinstance(about, OptionInfo):
        return ()
    return (about.default, *(about.param_decls or ()), f"--{parameter.name}")


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

"""Wrong usage in one line: where, what, and what to write instead; none of the parser's own words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, Final

import typer

_SHOWN: Final = 40
_NUMBERS: Final = {"YEAR": 2024}


class WrongUsage(typer.BadParameter):
    """Something typed cannot be understood; the message is the whole line."""


def explain(error: typer.TyperException) -> str:
    """The line for an error of the parser's, without the program's name before it.

    The parser's kinds are told apart by name: most of them it does not export.
    """
    if isinstance(error, WrongUsage):
        return error.message
    found: Any = error
    match type(error).__name__:
        case "NoSuchOption":
            return _no_option(found)
        case "MissingParameter":
            return _missing(found.param, found.ctx)
        case "BadOptionUsage":
            return _bad_option(found)
        case "BadParameter" if found.param is not None:
            return f"{_name(found.param)}: {_reason(found)}"
        case _:
            return f"{error.message.rstrip('.')}; {help_hint(getattr(found, 'ctx', None))}"


def quoted(text: str) -> str:
    """What was typed, in quotes, cut to what a line has room for."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")


def did_you_mean(typed: str, known: Collection[str]) -> str | None:
    """``did you mean streak?``, where something known is close to what was typed."""
    close = get_close_matches(typed, sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else None


def one_of(choices: Iterable[object]) -> str:
    """``km or mi``; ``csv, ndjson or parquet``."""
    *most, last = map(str, choices)
    return f"{', '.join(most)} or {last}" if most else last


def help_hint(context: Any) -> str:
    """Where it says what a command takes."""
    path: str = context.command_path if context else "myrunstreak"
    return f"see `{path} --help`."


def owner(context: Any) -> str:
    """Whose error it is, before the line: nothing for the program itself."""
    return "" if context.parent is None else f"{context.info_name}: "


def is_text(parameter: Any) -> bool:
    """Whether its value is any text."""
    return parameter.type_descriptor.annotation is str


def value_needed(option: str, parameter: Any, *, instead: str = "") -> str:
    """What to say of an option that ends without its value."""
    choices = _choices(parameter)
    what = (
        one_of(choices) if choices else f"a value ({parameter.metavar})" if parameter.metavar else "a value"
    )
    return f"{option} needs {what} after it{f', not {instead}' if instead else ''}."


def _no_option(error: Any) -> str:
    option, context = str(error.option_name), error.ctx
    known = [name for one in context.command.get_params(context) for name in (*one.opts, *one.secondary_opts)]
    options = [name for name in known if name.startswith("-")]
    advice = did_you_mean(option, options) or help_hint(context)
    return f"{owner(context)}there is no option {quoted(option)[1:-1]}; {advice}"


def _missing(parameter: Any, context: Any) -> str:
    choices = _choices(parameter)
    kind = f" ({one_of(choices)})" if choices else ""
    examples: tuple[str, ...] = getattr(context.command.callback, "examples", ())
    advice = f"for example: `{examples[0]}`" if examples else help_hint(context)
    return f"{context.info_name}: {_name(parameter)}{kind} is missing; {advice}"


def _bad_option(error: Any) -> str:
    option, context = str(error.option_name), error.ctx
    for parameter in context.command.params:
        if option in parameter.opts and not parameter.is_flag:
            return value_needed(option, parameter)
    return f"{option} takes no value; write it alone."


def _reason(error: Any) -> str:
    """Why a value is none; the message is ours where one of our own functions read it."""
    problems = getattr(error.__cause__, "errors", None)
    if problems is None:
        return str(error.message)
    parameter, text = error.param, str(problems()[0]["input"])
    if choices := _choices(parameter):
        words = [str(one) for one in choices]
        advice = did_you_mean(text, words) if len(words) > 3 else None
        return f"{quoted(text)} is unknown; {advice or f'write {one_of(words)}.'}"
    annotation = parameter.type_descriptor.annotation
    if annotation is int:
        number = _NUMBERS.get(_name(parameter), parameter.default or 3)
        return f"{quoted(text)} is not {_range(parameter, 'a whole number')}; write one such as {number}."
    if annotation is float:
        return f"{quoted(text)} is not {_range(parameter, 'a number')}; write one such as 5 or 7.5."
    return f"{quoted(text)} cannot be used; {help_hint(error.ctx)}"


def _range(parameter: Any, kind: str) -> str:
    least, most = parameter.min, parameter.max
    if least is None and most is None:
        return kind
    return f"{kind}{'' if least is None else f' from {least}'}{'' if most is None else f' to {most}'}"


def _choices(parameter: Any) -> tuple[object, ...]:
    return parameter.type_descriptor.choices or ()


def _name(parameter: Any) -> str:
    """How an option is typed, or an argument is called."""
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name).strip("[]")

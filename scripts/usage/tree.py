"""Commands and groups as they are parsed and explained: -h, examples, sections, one line for wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile
from shutil import get_terminal_size
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from scripts.usage.about import examples_of, summary
from scripts.usage.completion import REQUEST, answer
from scripts.usage.errors import (
    WrongUsage,
    did_you_mean,
    explain,
    help_hint,
    is_text,
    owner,
    quoted,
    value_needed,
)

PROGRAM: Final = "myrunstreak"
# Columns of help: longer lines are hard to read.
_WIDEST: Final = 100
# What names commands: a function is a command, a group has its own.
Entry = Callable[..., None] | typer.Typer


class _Explained:
    """What a command and a group have in common; the parser's own class comes after it."""

    params: list[Any]

    def get_help_option_names(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's shape
        """Both everywhere, in this order."""
        return ["-h", "--help"]

    def get_help_option(self, ctx: Any) -> Any:
        """The option --help; where it has no default, Typer loads pydantic to convert the missing value."""
        parser: Any = super()
        option = parser.get_help_option(ctx)
        option.default, option.help = False, "Show this help."
        return option

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on one line, and what else comes last."""
        if examples := examples_of(self):
            with formatter.section("Examples"):
                for line in examples:
                    formatter.write(f"  {line}\n")
        parser: Any = super()
        parser.format_epilog(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options; one that is followed by another one has no value."""
        if not ctx.resilient_parsing:
            _refuse_option_as_value(self, args)
        parser: Any = super()
        try:
            return parser.parse_args(ctx, args)
        except typer.TyperException as error:
            setattr(error, "ctx", getattr(error, "ctx", None) or ctx)  # noqa: B010 - the parser's own leaves it out at times
            raise


class Command(_Explained, TyperCommand):
    """A command."""

    allow_extra_args = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read options and arguments, and refuse what is left over."""
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            takes_text = any(one.param_type_name == "argument" and is_text(one) for one in self.params)
            advice = "put a text of several words in quotes, or " if takes_text else ""
            raise WrongUsage(f"{ctx.info_name}: {quoted(left[0])} is too much; {advice}{help_hint(ctx)}")
        return left


class PassingCommand(Command):
    """A command whose arguments are another command's line: what follows the first is not looked at."""

    allow_interspersed_args = False


class Group(_Explained, TyperGroup):
    """Commands under one name; alone it shows its help, unless it is a command itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before a command."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or say which one may be meant."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            advice = did_you_mean(args[0], self.commands) or help_hint(ctx)
            raise WrongUsage(f"{owner(ctx)}there is no command {quoted(args[0])}; {advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the parser's shape
        """Write each command's name and first sentence, under the headings of its sections."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, one in self.commands.items():
            if not one.hidden:
                heading = getattr(one, "rich_help_panel", None) or "Commands"
                sections.setdefault(heading, []).append((name, summary(one)))
        width = max(len(name) for rows in sections.values() for name, _ in rows)
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - an error ends the process here
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and end the process: wrong usage is one line on standard error and exit code 2."""
        words = list(sys.argv[1:] if args is None else args)
        if words[:1] == [REQUEST]:
            answer(self, words[1:])
            sys.exit()
        if words[:1] == ["help"]:
            words = [*words[1:], "--help"]
        # The whole width: left to itself the parser keeps two columns free.
        extra.setdefault("terminal_width", min(get_terminal_size().columns, _WIDEST))
        try:
            code: object = super().main(
                words, prog_name or PROGRAM, complete_var, False, windows_expand_args, **extra
            )
        except typer.TyperException as error:
            _show(explain(error))
            code = error.exit_code
        sys.exit(code if isinstance(code, int) else 0)


def add(app: typer.Typer, entry: Entry, *, section: str | None = None, name: str | None = None) -> None:
    """Give a group a command, or a group of commands."""
    if isinstance(entry, typer.Typer):
        app.add_typer(entry, rich_help_panel=section or typer.models.Default(None))
    else:
        kind = PassingCommand if getattr(entry, "passes_on", False) else Command
        app.command(name, cls=kind, rich_help_panel=section)(entry)


def group(
    name: str, about: str, alone: Callable[..., None] | None = None, **commands: Callable[..., None]
) -> typer.Typer:
    """A group of commands.

    Args:
        about: its help.
        alone: what the name does without a command; None: it shows the group's help.
        commands: each under its name, with _ for -.
    """
    made = typer.Typer(
        name=name, cls=Group, help=about, invoke_without_command=alone is not None, rich_markup_mode=None
    )
    if alone is not None:
        made.callback()(alone)
    for each, body in commands.items():
        add(made, body, name=each.rstrip("_").replace("_", "-"))
    return made


def _refuse_option_as_value(command: Any, args: list[str]) -> None:
    options = [one for one in command.params if one.param_type_name == "option"]
    known = {name for one in options for name in (*one.opts, *one.secondary_opts)}
    valued = {name: one for one in options if not one.is_flag for name in one.opts}
    for option, value in pairwise(takewhile(lambda one: one != "--", args)):
        if option in valued and value in known:
            raise WrongUsage(value_needed(option, valued[option], instead=value))


def _show(line: str) -> None:
    from myrunstreak.redaction import redact

    from scripts.display.terminal import plain, standard_error

    standard_error().print(f"{PROGRAM}: {plain(redact(line))}", style="red")

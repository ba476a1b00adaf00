"""What the shell may offer next: commands, options, choices and words that a value may be.

The shell's function asks by ``myrunstreak __complete WORD...``, the last word being the one under the cursor, and gets
a line for each suggestion: the text, a tab, what it is. A place for a file is answered by ``:files`` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final, Literal

from scripts.usage.about import summary
from scripts.usage.days import WORDS

Shell = Literal["bash", "zsh", "fish"]
REQUEST: Final = "__complete"
FILES: Final = ":files"
_YEARS: Final = 12
# Values that are cheap to know, by what the help calls them.
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "DATE": WORDS,
    "MIN": ("any", "mile", "1km", "5km", "half"),
    "D": ("5k", "10k", "half", "marathon", "mile"),
    "ORDER": tuple(f"{sign}{key}" for key in ("start", "distance", "duration", "pace") for sign in ("-", "")),
}


def script(shell: Shell) -> str:
    """The function of a shell that asks for suggestions."""
    return (
        resources.files("scripts.usage.shells").joinpath(f"myrunstreak.{shell}").read_text(encoding="utf-8")
    )


def answer(root: Any, words: Sequence[str]) -> None:
    """Print what may stand in place of the last word."""
    for text, what in suggest(root, words):
        print(f"{text}\t{what}".rstrip())


def suggest(root: Any, words: Sequence[str]) -> list[tuple[str, str]]:
    """What may stand in place of the last word, each with what it is."""
    *before, begun = words or [""]
    place = _Place(root)
    for word in before:
        place.pass_over(word)
    if place.waiting is not None:
        return _matching(_values(place.waiting), "" if begun == "=" else begun)
    name, equals, value = begun.partition("=")
    option = place.option(name)
    if equals and option is not None and not option.is_flag:
        return [(f"{name}={text}", what) for text, what in _matching(_values(option), value)]
    return _matching(place.next(begun), begun)


@dataclass
class _Place:
    """Where in a command line the cursor is."""

    command: Any
    waiting: Any = None
    arguments: int = 0
    only_arguments: bool = False

    def pass_over(self, word: str) -> None:
        """Take a word before the cursor."""
        if self.waiting is not None:
            if word != "=":  # bash parts --option=value into three
                self.waiting = None
        elif word == "--":
            self.only_arguments = True
        elif word.startswith("-") and not self.only_arguments:
            option = self.option(word)
            self.waiting = option if option is not None and not option.is_flag else None
        elif word in (commands := getattr(self.command, "commands", {})):
            self.command, self.arguments = commands[word], 0
        else:
            self.arguments += 1

    def option(self, name: str) -> Any:
        """The option of a name, or None."""
        return next((one for one in self._options() if name in (*one.opts, *one.secondary_opts)), None)

    def next(self, begun: str) -> Iterator[tuple[str, str]]:
        """What may come here; options are offered after a dash, or where nothing else is."""
        begins_option = begun.startswith("-") and not self.only_arguments
        found = False
        if not begins_option:
            for item in self._words():
                found = True
                yield item
        if not found and not self.only_arguments:
            for one in self._options():
                yield from ((name, one.help or "") for name in (*one.opts, *one.secondary_opts))

    def _words(self) -> Iterator[tuple[str, str]]:
        commands = getattr(self.command, "commands", {})
        if not self.arguments:
            yield from ((name, summary(one)) for name, one in commands.items() if not one.hidden)
        expected = [one for one in self.command.params if one.param_type_name == "argument"]
        if self.arguments < len(expected):
            yield from _values(expected[self.arguments])

    def _options(self) -> list[Any]:
        from typer import Context

        own = self.command.get_params(Context(self.command))
        return [one for one in own if one.param_type_name == "option" and not one.hidden]


def _values(parameter: Any) -> list[tuple[str, str]]:
    metavar = str(parameter.metavar or "").strip("[]")
    if parameter.type_descriptor.is_path or metavar.startswith("FILE"):
        return [(FILES, "")]
    if metavar == "YEAR":
        this_year = datetime.now(UTC).year
        return [(str(year), "") for year in range(this_year, this_year - _YEARS, -1)]
    choices: Iterable[object] = parameter.type_descriptor.choices or _VALUES.get(metavar, ())
    return [(str(one), "") for one in choices]


def _matching(items: Iterable[tuple[str, str]], begun: str) -> list[tuple[str, str]]:
    return [(text, what) for text, what in items if text.startswith(begun) or text == FILES]

"""What cannot be understood on a command line is one line that says where, what and what to write instead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from typer.testing import CliRunner

from scripts.cli import app
from scripts.usage.tree import PassingCommand

from .conftest import Outcome
from .pages import every_command

# Words of the parser's and of its libraries.
_FOREIGN = re.compile(
    r"invalid value|badparameter|parser|usage:|no such|got unexpected|does not take|requires an argument"
    r"|input should|error|try '|╭",
    re.IGNORECASE,
)
# Values that no option of this kind can have.
_BAD = {
    int: ("ten", "1.5", "", "1e3", "0x10", "9" * 5000),
    float: ("far", "", "5 km", "1,5"),
    "DISTANCE": ("far", "", "5 parsecs", "1,5", "-3", "1e3", "5kmm"),
    "choice": ("nonsense", "", "KM or so"),
    "DATE": ("2026-02-30", "01/03/2024", "20260101", "", "the day before", "2026-1", "0000-01-01", "x" * 500),
    "HH:MM": ("25:00", "noon", ""),
}


def bad_values(parameter: Any) -> tuple[str, ...]:
    """Values that are none of the option's or argument's."""
    descriptor = parameter.type_descriptor
    if descriptor.choices:
        return _BAD["choice"]
    return _BAD.get(parameter.metavar, ()) or _BAD.get(descriptor.annotation, ())


def filled(command: Any, given: Any = None, value: str = "") -> list[str]:
    """Every argument and every option that is needed, each with a value; one of them with this one."""
    words: list[str] = []
    for one in command.params:
        is_option = one.param_type_name == "option"
        if one is given:
            words.append(f"{one.opts[0]}={value}" if is_option else value)
        elif one.required or not is_option:
            good = "UTC" if one.metavar == "ZONE" else str((one.type_descriptor.choices or ("2024",))[0])
            words += [one.opts[0], good] if is_option else [good]
    return words


def type_line(*words: str) -> Outcome:
    """Type a command line that does not get as far as settings or a record."""
    result = CliRunner().invoke(app, words, prog_name="myrunstreak")
    return Outcome(result.exit_code, result.stdout, result.stderr)


def is_one_line_about(outcome: Outcome, *parts: str) -> None:
    """Exit 2, nothing on standard output, one line of ours that has these parts."""
    assert (2, "") == (outcome.code, outcome.out)
    assert re.fullmatch(r"myrunstreak: [^\n]+[.?\w`]\n", outcome.err), outcome.err
    assert not _FOREIGN.search(outcome.err), outcome.err
    assert len(outcome.err) < 250
    for part in parts:
        assert part in outcome.err


@pytest.mark.parametrize(
    ("words", "command", "parameter"),
    [
        pytest.param(words, command, one, id=f"{' '.join(words)} {one.opts[0]}")
        for words, command in every_command()
        for one in command.params
        if bad_values(one)
    ],
)
def test_a_value_that_is_none_is_explained(words: tuple[str, ...], command: Any, parameter: Any) -> None:
    """Of each option and argument that does not take any text."""
    for value in bad_values(parameter):
        is_one_line_about(type_line(*words, *filled(command, parameter, value)))


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_an_unknown_option_is_named(words: tuple[str, ...]) -> None:
    """With one that is close, or where the options are listed; also beside --json."""
    is_one_line_about(
        type_line(*words, "--no-such-thing"),
        "--no-such-thing",
        f"`{' '.join(('myrunstreak', *words))} --help`",
    )
    is_one_line_about(type_line(*words, "--debgu"), "did you mean --debug?")
    is_one_line_about(type_line(*words, "-x", "--json"), "-x")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (words, one.opts[0])
        for words, command in every_command()
        for one in command.params
        if one.opts[0].startswith("-") and not one.is_flag
    ],
    ids=str,
)
def test_an_option_without_its_value_is_named(words: tuple[str, ...], option: str) -> None:
    """At the end of the line, and before another option."""
    is_one_line_about(type_line(*words, option), option, "needs")
    is_one_line_about(type_line(*words, option, "--debug"), option, "needs", "not --debug")


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_a_flag_takes_no_value(words: tuple[str, ...]) -> None:
    """As in --debug=yes."""
    is_one_line_about(type_line(*words, "--debug=yes"), "--debug takes no value")


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (words, command)
        for words, command in every_command()
        if not hasattr(command, "commands") and not isinstance(command, PassingCommand)
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_word_too_many_is_named(words: tuple[str, ...], command: Any) -> None:
    """After as many as the command takes."""
    line = [*words, *filled(command), "surplus"]
    is_one_line_about(type_line(*line), "'surplus' is too much")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["strek"], "there is no command 'strek'; did you mean streak?"),
        (["phone", "lst"], "phone: there is no command 'lst'; did you mean list?"),
        (["nonsense"], "there is no command 'nonsense'; see `myrunstreak --help`."),
        (["--versoin"], "there is no option --versoin; did you mean --version?"),
        (["streak", "--explain", "01/03/2024"], "--explain: '01/03/2024' is not a date; write 2024-03-01"),
        (["streak", "--explain", "13/03/2024"], "'13/03/2024' is not a date; write 2024-03-13."),
        (["streak", "--explain", "03/13/2024"], "'03/13/2024' is not a date; write 2024-03-13."),
        (["streak", "--as-of", "March 1, 2024"], "'March 1, 2024' is not a date; write 2024-03-01."),
        (["streak", "--as-of", "2023-02-29"], "'2023-02-29' is not a date: February 2023 has 28 days."),
        (["streak", "--as-of", "yestreday"], "did you mean yesterday?"),
        (["sql"], 'SQL is missing; for example: `myrunstreak sql "FROM '),
        (["sql", "FROM", "runs"], "'runs' is too much; put a text of several words in quotes"),
        (["rebuild"], "rebuild: --to is missing; for example: `myrunstreak rebuild --to again.duckdb`"),
        (["completion"], "completion: SHELL (bash, zsh or fish) is missing; for example: "),
        (["streak", "--units", "yards"], "--units: 'yards' is unknown; write km or mi."),
        (["calendar", "nineteen"], "YEAR: 'nineteen' is not a whole number; write one such as 2024."),
        (["stats", "--limit", "0"], "--limit: '0' is not a whole number from 1;"),
        (
            ["runs", "--min-km", "far"],
            "--min-distance: 'far' is not a distance; write mile, half, marathon, or a distance such as 5km",
        ),
        (["streak", "--explain\x1b[31m"], "there is no option"),
        (["streak", "--as-of", "\x1b[31m\n"], "is not a date"),
        (["\x1b[31m\n\n"], "there is no command"),
    ],
)
def test_the_line_says_what_to_write(line: list[str], told: str) -> None:
    """The very words that a runner reads; nothing typed controls the terminal."""
    outcome = type_line(*line)
    is_one_line_about(outcome, told)
    assert "\x1b" not in outcome.err

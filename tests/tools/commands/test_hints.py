"""Every hint in a message is a command that exists, and is printed so that it can be pasted in the working folder."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text

from scripts.display.program import NAME, as_typed, hints_for, program, program_path, with_program
from tests.stage.paths import ROOT

from .pages import COMMANDS, resolve

OWN = Path(sys.executable).with_name(NAME)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Values that stand in a message where a formatted one is put in.
VALUE = "1"


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module that may be printed: none that documents it; formatted values stand in as one word."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | inner:
            yield node.value


def said(*folders: str) -> Iterator[tuple[str, str]]:
    """Every such text, with the file that it is in."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for text in texts(ast.parse(file.read_text())):
                yield str(file.relative_to(ROOT)), text


def hints() -> list[tuple[str, str]]:
    """Every command in backquotes."""
    return sorted(
        {
            (file, hint)
            for file, text in said("lambda_src/myrunstreak", "scripts", "infra")
            for hint in re.findall(r"`((?:myrunstreak|make) [^`\n]+)`", text)
        }
    )


def test_every_command_of_a_hint_exists() -> None:
    """With the options and as many arguments as it needs; each `make` target is one of the Makefile's."""
    found = hints()
    assert len(found) > 30
    for file, hint in found:
        if "COMMAND" in hint:
            continue  # stands for any
        name, *words = shlex.split(hint)
        if name == "make":
            assert words[0] in TARGETS, (file, hint)
            continue
        command, rest = resolve(words)
        assert not hasattr(command, "commands") or command.invoke_without_command, (file, hint)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, (file, hint)
        needed = [one for one in command.params if one.required]
        given = [word for word in rest if not word.startswith("--")]
        options = [one for one in needed if one.param_type_name == "option"]
        assert all(set(one.opts) & set(rest) for one in options), (file, hint)
        assert len(given) >= len(needed), (file, hint)


def test_a_command_within_a_message_is_in_backquotes() -> None:
    """So that it is printed as it can be pasted; a text that is a command and nothing else is left to its printer."""
    names = "|".join(COMMANDS.commands)
    # Not in a page's element, in a shell's substitution, or after another command of the same hint.
    bare = re.compile(rf"(?<![`/.\w>(&-])(?<!&& )myrunstreak ({names})\b")
    offences = [
        (file, text)
        for file, text in said("lambda_src/myrunstreak", "scripts")
        if re.search(rf"\S.*{bare.pattern}", text)
    ]
    assert [] == offences


def test_the_name_is_plain_where_the_shell_finds_this_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also through a link, as uv and pipx make one; not where another program of this name comes first."""
    links, others = tmp_path / "links", tmp_path / "others"
    for folder in (links, others):
        folder.mkdir()
    (links / NAME).symlink_to(OWN)
    monkeypatch.setenv("PATH", str(links))
    assert NAME == program()
    (others / NAME).write_text("#!/bin/sh\n")
    (others / NAME).chmod(0o755)
    monkeypatch.setenv("PATH", f"{others}{os.pathsep}{links}")
    monkeypatch.chdir(tmp_path)
    assert str(OWN) == program()


def test_elsewhere_it_is_a_path_that_a_shell_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder that the program is below, relative to it; never the bare name."""
    monkeypatch.setenv("PATH", "/nowhere")
    environment = OWN.parent.parent
    monkeypatch.chdir(environment.parent)
    assert program_path(environment.parent) == f"{environment.name}/bin/{NAME}"
    assert f"./{NAME}" == program_path(OWN.parent)
    assert str(OWN) == program_path(Path("/nowhere"))
    assert as_typed("myrunstreak sync --full").endswith(f"bin/{NAME} sync --full")
    assert "make setup" == as_typed("make setup")


def test_a_path_with_a_blank_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a shell needs it."""
    own = tmp_path / "my tools" / NAME
    own.parent.mkdir()
    own.touch()
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))
    assert [str(own), "sync"] == shlex.split(as_typed("myrunstreak sync"))
    assert f"run `'{own}' sync`" == with_program("run `myrunstreak sync`").plain


def test_every_hint_of_a_styled_text_is_named_and_styles_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is around a hint keeps its style; a name that is no hint stays."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    text = Text.assemble("myrunstreak: see ", ("`myrunstreak sync` or `myrunstreak auth`", "red"), " now")
    shown = with_program(text)
    assert f"myrunstreak: see `{OWN} sync` or `{OWN} auth` now" == shown.plain
    red = "".join(shown.plain[span.start : span.end] for span in shown.spans if span.style == "red")
    assert f"`{OWN} sync` or `{OWN} auth`" == red


def test_within_a_club_a_hint_names_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quoted as a shell needs it; a hint that is about the club stays, and so does one outside the block."""
    monkeypatch.setattr("scripts.display.program.program", lambda: NAME)
    with hints_for("Ben O'Neil"):
        assert ["myrunstreak", "club", "run", "Ben O'Neil", "sync"] == shlex.split(
            as_typed("myrunstreak sync")
        )
        assert "myrunstreak club list" == as_typed("myrunstreak club list")
    assert "myrunstreak sync" == as_typed("myrunstreak sync")

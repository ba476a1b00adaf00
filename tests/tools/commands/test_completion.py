"""Completion: what is offered where, and the real shells that offer it."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.usage.completion import FILES, script, suggest
from tests.stage.paths import ROOT

from .pages import COMMANDS, every_command

# What a shell completes, and what one of its suggestions is; the same for every shell.
CASES = [
    ("myrunstreak strea", "streak"),
    ("myrunstreak phone re", "revoke"),
    ("myrunstreak streak --exp", "--explain"),
    ("myrunstreak streak --explain yest", "yesterday"),
    ("myrunstreak streak --units m", "mi"),
    ("myrunstreak message rem", "reminder"),
    ("myrunstreak records --distance hal", "half"),
]


def offered(line: str) -> list[str]:
    """What is offered at the end of a line."""
    return [text for text, _ in suggest(COMMANDS, line.split(" ")[1:])]


@pytest.mark.parametrize(("line", "wanted"), CASES)
def test_what_begins_is_completed(line: str, wanted: str) -> None:
    """Commands, options and values."""
    assert [wanted] == offered(line)


def test_every_command_and_option_is_offered() -> None:
    """Each is completed from its beginning."""
    for words, command in every_command():
        line = " ".join(("myrunstreak", *words))
        assert words[-1] in offered(line)
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in offered(f"{line} {option[:3]}")
        assert "--help" in offered(f"{line} --h")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("myrunstreak streak --units=m", ["--units=mi"]),
        ("myrunstreak streak --units = k", ["km"]),
        ("myrunstreak export --to ", [FILES]),
        ("myrunstreak export --to x --format geo", ["geojson"]),
        ("myrunstreak nonsense --units m", []),
        ("myrunstreak sql -- --", []),
        ("myrunstreak runs --sort -st", ["-start"]),
        ("myrunstreak runs --limit ", []),
    ],
)
def test_values_are_offered_after_their_option(line: str, wanted: list[str]) -> None:
    """However the shell parts the words."""
    assert wanted == offered(line)


def test_nothing_secret_or_slow_is_needed(tmp_path: Path) -> None:
    """No settings, no record, nothing heavy: a broken `.env` does not matter."""
    (tmp_path / ".env").write_text("NONSENSE")
    code = "import sys, scripts.cli\ntry: scripts.cli.main()\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "__complete", "streak", "--units", ""],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ["km", "mi"] == done.stdout.split()[:2]
    assert set() == {"duckdb", "pydantic", "requests", "boto3"} & set(done.stdout.split())


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """An environment in which `myrunstreak` is this code, and the shells have no settings of anyone's."""
    program = tmp_path / "bin" / "myrunstreak"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scripts.cli "$@"\n')
    program.chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        (tmp_path / shell).write_text(script(shell))
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}",
        "HOME": str(tmp_path),
        "TERM": "dumb",
    }


def needs(shell: str) -> None:
    """Skip where a shell is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")


def run(machine: dict[str, str], *words: str) -> str:
    """The output of a shell."""
    return subprocess.run(
        words, env=machine, cwd=machine["HOME"], capture_output=True, text=True, check=True
    ).stdout


def test_bash_completes(machine: dict[str, str]) -> None:
    """As readline would ask it, `=` a word of its own."""
    needs("bash")
    asked = "\n".join(
        f'COMP_WORDS=({line}); COMP_CWORD={len(line.split()) - 1}; _myrunstreak myrunstreak; echo "${{COMPREPLY[@]}}"'
        for line in [line for line, _ in CASES] + ["myrunstreak streak --units = k"]
    )
    told = run(machine, "bash", "--norc", "-c", f"source ~/bash\n{asked}\ncomplete -p myrunstreak")
    assert [
        *(wanted for _, wanted in CASES),
        "km",
        "complete -F _myrunstreak myrunstreak",
    ] == told.splitlines()


def test_fish_completes(machine: dict[str, str]) -> None:
    """By its own question for completions, with what each is."""
    needs("fish")
    asked = "\n".join(f"complete -C '{line}'" for line, _ in CASES)
    told = run(machine, "fish", "--no-config", "-c", f"source ~/fish\n{asked}")
    assert [wanted for _, wanted in CASES] == [line.partition("\t")[0] for line in told.splitlines()]
    assert "streak\tShow your streak" in told


def test_zsh_completes(machine: dict[str, str]) -> None:
    """Typed on a terminal, with the tab key."""
    needs("zsh")
    with Terminal(machine, "zsh", "-f", "-i") as terminal:
        terminal.types("autoload -Uz compinit; compinit -u -D; source ~/zsh\n")
        terminal.types(
            "show() { print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show; bindkey '^X' show; print rea'dy'\n"
        )
        terminal.reads("ready")
        for line, wanted in CASES:
            terminal.types(f"{line}\t\x18")
            *before, _ = line.split(" ")
            terminal.reads(f"<{' '.join([*before, wanted])}")


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, environment: dict[str, str], *command: str) -> None:
        self._process, self._file = pty.fork()
        if not self._process:
            os.chdir(environment["HOME"])
            os.execvpe(command[0], command, environment)
        self._seen = b""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        os.waitpid(self._process, 0)

    def types(self, text: str) -> None:
        """Press keys."""
        os.write(self._file, text.encode())

    def reads(self, wanted: str) -> None:
        """Wait until this is on the screen."""
        until = time.monotonic() + 30
        while wanted.encode() not in self._seen:
            ready, _, _ = select.select([self._file], [], [], max(0.0, until - time.monotonic()))
            assert ready, self._seen.decode(errors="replace")
            self._seen += os.read(self._file, 4096)

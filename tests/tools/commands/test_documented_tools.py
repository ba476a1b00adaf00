"""Every command of make, Pulumi, AWS and the shell in every document, read against what it is for."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from infra.config import StackConfig
from tests.stage.paths import ROOT
from tests.tools.commands.aws_model import OF_ITS_OWN, read
from tests.tools.commands.pages import (
    OURS,
    PAGES,
    all_typed,
    code_in,
    shell_blocks,
    shell_lines,
    simple_commands,
    typed,
    where,
)

# What each runs on: here only its name is looked at.
NOT_OURS = {
    "brew": "macOS alone",
    "cd": "a folder that the command before it made",
    "chmod": "the passphrase's file, see test_the_passphrase_can_be_made_as_it_is_typed",
    "cp": "a file that exists: see test_what_is_copied_exists",
    "curl": "asks the Internet, or a stack's API with its key",
    "date": "see test_dates_are_understood_by_gnu_and_bsd",
    "echo": "writes a line into .env",
    "export": "sets a variable of the shell",
    "git": "needs the repository's own remote",
    "infra/policies/.venv/bin/pip": "installs from the package index",
    "mkdir": "see chmod",
    "openssl": "see chmod",
    "pipx": "installs from the package index: tests/tools/test_wheel.py has what it installs",
    "pyspark": "fetches its packages: make engines asks the same of Spark",
    "python3": "makes a venv for the policy pack",
    "sh": "runs Pulumi's own installer",
    "sudo": "installs packages of the system",
    "test": "see chmod",
    "uv": "see pipx",
}
# Of Pulumi's command line, as far as the documents use it: words, and the options that they may have.
PULUMI = {
    "cancel": set[str](),
    "config rm": {"--stack"},
    "config set": {"--secret", "--stack"},
    "destroy": {"--exclude-protected"},
    "login": {"--local"},
    "refresh": set[str](),
    "preview": {"--diff", "--policy-pack"},
    "stack": {"--show-urns"},
    "stack init": set(),
    "stack output": {"--stack"},
    "stack rm": {"--force", "--preserve-config"},
    "up": {"--stack", "--target-replace", "--target-dependents"},
    "version": set(),
}
# An administrator's, and one that needs no right.
NOT_THE_DEPLOYERS = {"glue:CreateCatalog", "iam:CreatePolicy", "sts:GetCallerIdentity"}
# What macOS has not, or has otherwise.
GNU_ONLY = re.compile(
    r"sed -i|readlink -f|base64 -w|xdg-open|grep -P|stat -c|sha256sum|expand -t|(?<![-\w])timeout \d|\\1\\t"
)


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_every_program_in_a_block_is_known(page: Path) -> None:
    """It is looked at below, or the list says why not."""
    looked_at = {"make", "pulumi", "aws", *NOT_OURS}
    names = {words[0] for line in shell_lines(page.read_text()) for words in simple_commands(line)}
    assert set() == {name for name in names if not OURS.fullmatch(name)} - looked_at


def test_the_lists_have_no_entry_too_many() -> None:
    """What is excused is still there to be excused."""
    first = {words[0] for page in PAGES for words in typed(page)}
    assert [] == [name for name in NOT_OURS if name not in first]
    pulumi = [" ".join(words[1:]) for words in all_typed("pulumi")]
    assert [] == [entry for entry in PULUMI if not any(line.startswith(entry) for line in pulumi)]
    aws = [" ".join(words[1:3]) for words in all_typed("aws")]
    assert [] == [entry for entry in OF_ITS_OWN if entry not in aws]


def test_every_make_target_can_be_made() -> None:
    """make itself says what it would do, and the variables that are set are read by the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    for _, *words in all_typed("make"):
        variables = {word.partition("=")[0] for word in words if "=" in word}
        assert [] == [name for name in variables if not re.search(rf"\$\({name}\)|\b{name}\)", makefile)], (
            words
        )
        planned = subprocess.run(
            ["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert 0 == planned.returncode, planned.stderr


def pulumi_command(words: list[str]) -> tuple[str, list[str]]:
    """Pulumi's command and what follows it."""
    longest = max(
        (name for name in PULUMI if words[: len(name.split())] == name.split()), key=len, default=""
    )
    return longest, words[len(longest.split()) :]


def is_tracked(name: str) -> bool:
    """Whether .gitignore makes an exception of the file."""
    return f"!/{name}" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("words", all_typed("pulumi"), ids=" ".join)
def test_every_pulumi_command_is_one_about_what_the_program_has(words: list[str]) -> None:
    """Keys are those of Pulumi.yaml, values are accepted, outputs are exported, and addresses are set as secrets."""
    command, rest = pulumi_command(words[1:])
    assert command, words
    assert {word for word in rest if word.startswith("--")} <= PULUMI[command], words
    if "--stack" in rest:
        at = rest.index("--stack")
        del rest[at : at + 2]
    plain = [word for word in rest if not word.startswith("--")]
    if command == "config set" and plain:
        key, *value = plain
        assert key in StackConfig.model_fields
        if value:
            others = {"alarm_email": "you@example.org"}
            if key != "club":  # whose runners have a zone each
                others["runner_timezone"] = "Europe/Amsterdam"
            StackConfig.parse(others | {key: value[0]})
        assert key.endswith("_email") == ("--secret" in rest)
    if command == "config rm":
        assert plain[0] in StackConfig.model_fields
    if command == "stack output":
        program = [ROOT / "__main__.py", *(ROOT / "infra").rglob("*.py")]
        exported = {
            name for file in program for name in re.findall(r'pulumi\.export\("(\w+)"', file.read_text())
        }
        assert plain[0] in exported
    if command in {"stack init", "stack rm"} and plain:
        # A template is tracked: `config set` would change it and `stack rm` delete it.
        assert not is_tracked(f"Pulumi.{plain[0]}.yaml"), words


@pytest.mark.parametrize("words", all_typed("aws"), ids=" ".join)
def test_every_aws_command_is_one_that_a_deployer_may_give(words: list[str]) -> None:
    """As AWS describes its services, with what they require; and a policy of the deployer's allows it."""
    found = read(words)
    if words[2:3] == ["delete-object"] and len(words) == 3:
        return  # named in a sentence, with what else it takes
    assert [] == found.wrong, words
    policies = [json.loads(file.read_text()) for file in (ROOT / "docs").glob("deploying*policy.json")]
    allowed = [a for policy in policies for statement in policy["Statement"] for a in statement["Action"]]
    if found.right and found.right not in NOT_THE_DEPLOYERS:
        assert any(fnmatchcase(found.right, action) for action in allowed), found.right


@pytest.mark.parametrize("page", PAGES, ids=where)
def test_a_shell_reads_every_block(page: Path) -> None:
    """Quotes and brackets are closed."""
    blocks = "\n".join(shell_blocks(page.read_text()))
    if blocks:
        read_by = subprocess.run(["sh", "-n"], input=blocks, capture_output=True, text=True, check=False)
        assert "" == read_by.stderr


def test_no_command_is_for_gnu_alone() -> None:
    """macOS has BSD's tools and an old make; a date is asked for in both ways."""
    texts = {where(page): "\n".join(shell_lines(page.read_text())) for page in PAGES}
    texts |= {where(file): file.read_text() for file in (ROOT / "Makefile", *ROOT.glob("scripts/*.sh"))}
    assert {} == {name: GNU_ONLY.findall(text) for name, text in texts.items() if GNU_ONLY.search(text)}
    dates = [
        line for text in texts.values() for line in text.splitlines() if re.search(r"\bdate\b.* -d", line)
    ]
    assert dates
    assert all(re.search(r"date -u -v-\w+ \+%F 2> /dev/null \|\| date -u -d ", line) for line in dates)
    assert "--output-sync" not in texts["Makefile"].replace(
        "$(if $(filter output-sync,$(.FEATURES)),--output-sync)", ""
    )


def test_dates_are_understood_by_gnu_and_bsd() -> None:
    """The line of the runbook gives a date here, by one of its two forms."""
    [line] = [x for page in PAGES for x in shell_lines(page.read_text()) if "date -u -d" in x]
    shown = subprocess.run(
        ["sh", "-c", f'{line}; echo "$SINCE"'], capture_output=True, text=True, check=True
    ).stdout
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\n", shown)


def test_the_passphrase_can_be_made_as_it_is_typed(tmp_path: Path) -> None:
    """Its folder, its file and its mode. Typed again it stays: the state could not be read with another one."""
    lines = shell_lines((ROOT / "docs" / "deploying.md").read_text())
    chosen = [line for line in lines if line.startswith(("mkdir", "test -s", "chmod"))]
    assert 3 == len(chosen)
    made: set[str] = set()
    for _ in range(2):
        subprocess.run(
            ["sh", "-ec", "\n".join(chosen)], env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True
        )
        file = tmp_path / ".config" / "myrunstreak" / "passphrase"
        assert 0o600 == file.stat().st_mode & 0o777
        made.add(file.read_text())
    assert 1 == len(made)
    assert {45} == {len(text) for text in made}
    assert "~/.config/myrunstreak/passphrase" in "\n".join(
        line for line in lines if line.startswith("export PULUMI")
    )


def test_what_is_copied_exists() -> None:
    """Each `cp` begins with a file of the project."""
    copies = [words for page in PAGES for words in typed(page) if words[0] == "cp"]
    copies += [code.split() for page in PAGES for code in code_in(page.read_text()) if code.startswith("cp ")]
    assert copies
    assert [] == [words for words in copies if not (ROOT / words[1]).exists()]

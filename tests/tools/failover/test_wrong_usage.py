"""`make failover` with something wrong: one line that says what and what to do, before anything is changed."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stage.paths import ROOT

UP = {
    "alarm_topic_arn": "arn:aws:sns:us-east-2:123456789012:topic",
    "bucket_name": "runs",
    "tokens_secret_name": "tokens",
    "sync_state_secret_name": "state",
    "sync_function_name": "sync",
    "replica_bucket_name": "copies",
    "lease": "s3://copies/lease.json",
}


class Pulumi:
    """A `pulumi` that answers two questions, and notes what it is asked to change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs: dict[str, Any] = dict(UP)
        self.replica_region = "us-west-2"
        self.fails = False
        self.is_at_rest = False

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command with it on the PATH."""
        values = {"replica_region": self.replica_region, "standby": str(self.is_at_rest).lower()}
        config = {f"myrunstreak:{key}": {"value": value, "secret": False} for key, value in values.items()}
        script = (
            "#!/bin/sh\n"
            + ("echo 'error: no stack named prod found' >&2; exit 1\n" if self.fails else "")
            + f'case "$1 $2" in "stack output") echo {shlex.quote(json.dumps(self.outputs))};; '
            + f'"config --json") echo {shlex.quote(json.dumps(config))};; '
            + f'*) echo "$*" >> {self.folder}/changed; exit 1;; esac\n'
        )
        (self.folder / "bin").mkdir(exist_ok=True)
        (self.folder / "bin" / "pulumi").write_text(script)
        (self.folder / "bin" / "pulumi").chmod(0o755)
        return run(*words, path=f"{self.folder / 'bin'}:/usr/bin:/bin")

    @property
    def has_changed(self) -> bool:
        """Whether anything was asked to change."""
        return (self.folder / "changed").exists()


def run(*words: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    """The command, where AWS cannot be reached."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.failover", *words],
        env={"PATH": path, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}", "COLUMNS": "200"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def pulumi(tmp_path: Path) -> Pulumi:
    """A stack that is up, with copies in us-west-2."""
    return Pulumi(tmp_path)


OVER = ("over", "--stack", "prod", "--region", "us-west-2")


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One line on standard error, with these words in it."""
    assert code == done.returncode, done.stderr
    lines = done.stderr.splitlines()
    assert all(word in lines[-1] for word in words), done.stderr
    assert "Traceback" not in done.stderr
    assert len(lines) <= 2, "Pulumi's own line may come before"


def test_without_pulumi_it_names_the_page_that_says_how_to_get_it() -> None:
    """Nothing of the command works without it."""
    refused(run(*OVER), 2, "pulumi", "docs/deploying.md")


def test_a_stack_that_is_not_there_is_told_in_pulumis_words(pulumi: Pulumi) -> None:
    """A wrong name."""
    pulumi.fails = True
    done = pulumi.type(*OVER)
    refused(done, 2, "pulumi", "failed")
    assert "no stack named prod" in done.stderr


@pytest.mark.parametrize(
    ("outputs", "region", "words"),
    [
        ({}, "us-west-2", ("prod", "pulumi up")),
        (UP | {"replica_bucket_name": None, "lease": None}, "", ("replica_region", "pulumi up")),
        (UP | {"lease": None}, "us-west-2", ("pulumi config rm lease",)),
        (UP, "eu-west-1", ("eu-west-1", "us-west-2")),
    ],
    ids=["not up", "no copies", "no lease", "another region"],
)
def test_a_stack_without_that_second_region_is_refused(
    pulumi: Pulumi, outputs: dict[str, Any], region: str, words: tuple[str, ...]
) -> None:
    """Before a second stack is made."""
    pulumi.outputs, pulumi.replica_region = outputs, region
    refused(pulumi.type(*OVER), 2, *words)
    assert not pulumi.has_changed


def test_a_name_that_cannot_be_a_stacks_is_refused(pulumi: Pulumi) -> None:
    """The longest regions leave little room."""
    pulumi.replica_region = "ap-southeast-2"
    refused(pulumi.type("over", "--stack", "production", "--region", ""), 2, "at most 24", "NAME=")
    assert not pulumi.has_changed


def test_a_first_stack_that_was_put_to_rest_is_woken_before_the_record_comes_back(pulumi: Pulumi) -> None:
    """Its schedules would stay off, and no sync would ever start again."""
    pulumi.is_at_rest = True
    done = pulumi.type("back", "--stack", "prod", "--region", "us-west-2")
    assert "config set-all --stack prod --plaintext standby=false" in (pulumi.folder / "changed").read_text()
    refused(done, 1, "pulumi config set-all", "it goes on")


def test_without_a_stack_it_asks_for_one() -> None:
    """As `make failover` alone hands it on."""
    refused(run("over", "--stack", "", "--region", ""), 2, "STACK=prod")


@pytest.mark.parametrize("words", [(), ("over",), ("sideways", "--stack", "prod"), (*OVER, "--force")])
def test_wrong_usage_is_one_line(words: tuple[str, ...]) -> None:
    """With where to read more."""
    refused(run(*words), 2, "--help")

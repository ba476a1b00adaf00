"""`make club STACK=mine`, with a stand-in for Pulumi's command line: each output under the name of its setting."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from myrunstreak.contract.club import ClubSettings

from tests.stage.club import STACK_SETTINGS
from tests.stage.paths import ROOT

OUTPUTS = {
    "club": "s3://myrunstreak-mine-runs/",
    "club_secrets": "/myrunstreak/mine/runners",
    "club_min_distance": "mile",
    "sync_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/syncs",
    "lake_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/lake",
    "lake_function": "arn:aws:lambda:eu-west-1:123456789012:function:lake:live",
    "rebuild_machine": "arn:aws:states:eu-west-1:123456789012:stateMachine:rebuild",
    "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:topic",
}


def make_club(folder: Path, outputs: dict[str, str], *words: str) -> tuple[int, list[str], dict[str, str]]:
    """Its exit code, the words that the command gets, and its environment."""
    lines = [f'"stack output {name} --stack mine") echo {value} ;;' for name, value in outputs.items()]
    scripts = {
        "pulumi": "\n".join(["#!/bin/sh", 'case "$*" in', *lines, "*) exit 1 ;;", "esac"]),
        "python": '#!/bin/sh\nenv > "$SEEN.env"\nprintf "%s\\n" "$@" > "$SEEN"',
    }
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    seen = folder / "seen"
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/.runtime-installed", "club", f"PY={folder}/python", *words],
        cwd=ROOT,
        env={"PATH": f"{folder}:{os.defpath}", "SEEN": str(seen)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not seen.exists():
        return done.returncode, [], {}
    environment = dict(
        line.split("=", 1) for line in Path(f"{seen}.env").read_text().splitlines() if "=" in line
    )
    return done.returncode, seen.read_text().splitlines(), environment


@pytest.mark.parametrize("replica", [None, "myrunstreak-mine-replica"])
def test_the_stacks_outputs_become_the_clubs_settings(replica: str | None, tmp_path: Path) -> None:
    """In the stack's region; with the copy in another region where there is one."""
    outputs = OUTPUTS | (
        {"replica_bucket_name": replica, "club_replica_region": "eu-north-1"} if replica else {}
    )
    code, words, environment = make_club(
        tmp_path, outputs, "STACK=mine", 'ARGS=add "Anna Smith" --timezone UTC'
    )
    assert (0, ["-m", "scripts.cli", "club", "add", "Anna Smith", "--timezone", "UTC"]) == (code, words)
    club = ClubSettings.from_env(environment)
    assert {name: OUTPUTS[output] for name, output in STACK_SETTINGS.items()} == {
        name: value for name, value in club.to_env().items() if name in STACK_SETTINGS
    }
    assert (f"s3://{replica}/" if replica else None) == club.club_replica
    assert ("eu-north-1" if replica else None) == club.club_replica_region
    assert "eu-west-1" == environment["AWS_REGION"]


def test_a_stack_without_a_club_ends_it(tmp_path: Path) -> None:
    """Before anything is typed."""
    code, words, _ = make_club(tmp_path, {"alarm_topic_arn": OUTPUTS["alarm_topic_arn"]}, "STACK=mine")
    assert code
    assert [] == words


def test_without_a_stack_it_is_the_club_of_this_machine(tmp_path: Path) -> None:
    """Nothing is set."""
    code, words, environment = make_club(tmp_path, {}, "ARGS=list")
    assert (0, ["-m", "scripts.cli", "club", "list"]) == (code, words)
    assert not environment.keys() & STACK_SETTINGS.keys()

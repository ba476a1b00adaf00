"""The region is lost and comes back: `make failover` and `make failback` as people type them, both regions alive.

The emulator holds both regions and copies objects and secrets by itself, at once; Pulumi's command line is stood in
for by one that runs the real program, as for the first stack.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.stage.emulator import SECOND_REGION
from tests.stage.paths import ROOT
from tests.whole.rehearsal.engine import from_json
from tests.whole.rehearsal.processes import clean_environment
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

pytestmark = [pytest.mark.rehearsal, pytest.mark.drill]

WEST = "west"


@dataclass
class Operator:
    """Types the commands, with a `pulumi` of ours on the PATH."""

    rehearsal: Rehearsal
    stacks: Path
    seconds: list[float] = field(default_factory=list[float])

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m scripts.failover`, which is all that the make targets do."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "scripts.failover", *words, "--name", WEST],
            cwd=self.rehearsal.folder,
            env=clean_environment()
            | self.rehearsal.emulator.environment()
            | {
                "PYTHONPATH": f"{ROOT / 'tests/whole/rehearsal/recorder'}:{ROOT}",
                "PATH": f"{self.stacks / 'bin'}:{clean_environment()['PATH']}",
                "MYRUNSTREAK_CALLS": str(self.stacks / "calls.jsonl"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.seconds.append(time.monotonic() - begun)
        return done

    def fail_over(self) -> subprocess.CompletedProcess[str]:
        """`make failover STACK=dev TO=us-west-2 NAME=west`."""
        return self.type("over", "--stack", "dev", "--region", SECOND_REGION)

    def fail_back(self) -> subprocess.CompletedProcess[str]:
        """`make failback STACK=dev FROM=us-west-2 NAME=west`."""
        return self.type("back", "--stack", "dev", "--region", SECOND_REGION)

    def calls(self) -> list[dict[str, Any]]:
        """What the commands asked of AWS since the last look."""
        file = self.stacks / "calls.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def second(self) -> Rehearsal:
        """The second region's stack."""
        deployed = from_json((self.stacks / WEST / "deployment.json").read_text())
        one = self.rehearsal
        folder = self.stacks / WEST / "folder"
        folder.mkdir(exist_ok=True)
        return Rehearsal(
            folder, one.simulator, one.emulator, deployed, one.zone, one.today, one.runs_at_first
        )


@dataclass
class Drill:
    """What was seen on the way."""

    operator: Operator
    west: Rehearsal
    over: subprocess.CompletedProcess[str]
    asked_of_aws: list[dict[str, Any]]
    again: subprocess.CompletedProcess[str]
    late: Answer
    untouched: bool
    answered: Any
    expected_days: int
    alarms: set[str]
    back: subprocess.CompletedProcess[str]
    first_after: Answer
    west_after: Answer


@pytest.fixture(scope="module")
def operator(rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """The first stack as Pulumi would know it."""
    stacks = tmp_path_factory.mktemp("stacks")
    order = json.loads((rehearsal.folder / "order.json").read_text())
    (stacks / "dev").mkdir()
    (stacks / "dev" / "config.json").write_text(json.dumps(order["config"]))
    (stacks / "dev" / "deployment.json").write_bytes((rehearsal.folder / "deployment.json").read_bytes())
    order["function_environment"]["MYRUNSTREAK_CALLS"] = str(stacks / "calls-of-west.jsonl")
    (stacks / "order.json").write_text(json.dumps(order))
    (stacks / "bin").mkdir()
    checkout = rehearsal.folder / "checkout"
    pulumi = stacks / "bin" / "pulumi"
    pulumi.write_text(
        f"#!/bin/sh\ncd {shlex.quote(str(checkout))} && "
        f"PYTHONPATH={shlex.quote(f'{checkout}:{checkout}/lambda_src')} exec {shlex.quote(sys.executable)} "
        f'-m tests.whole.rehearsal.stand_in_for_pulumi {shlex.quote(str(stacks))} "$@"\n'
    )
    pulumi.chmod(0o755)
    return Operator(rehearsal, stacks)


def _contents(stack: Rehearsal) -> tuple[Any, ...]:
    names = ("tokens_secret_name", "sync_state_secret_name")
    return (stack.objects(), *(stack.secret(name) for name in names))


@pytest.fixture(scope="module")
def drill(rehearsal: Rehearsal, second_sync: Answer, operator: Operator) -> Iterator[Drill]:
    """There and back."""
    rehearsal.simulator.expire_access_tokens()
    rehearsal.invoke()
    operator.calls()
    over = operator.fail_over()
    assert 0 == over.returncode, f"{over.stdout}{over.stderr}"
    asked = operator.calls()
    west = operator.second()
    rehearsal.simulator.expire_access_tokens()
    renewed = west.invoke()
    assert renewed.error is None, renewed.payload
    again = operator.fail_over()
    before = _contents(rehearsal)
    late = rehearsal.invoke()
    untouched = before == _contents(rehearsal)
    answered = west.ask("/v1/streak", key=west.key("phone")).body
    alarms = {one["AlarmName"] for one in west.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    rows = west.rows("SELECT count(DISTINCT start_date) FROM runs")
    back = operator.fail_back()
    rehearsal.simulator.expire_access_tokens()
    yield Drill(
        operator,
        west,
        over,
        asked,
        again,
        late,
        untouched,
        answered,
        rows[0][0],
        alarms,
        back,
        rehearsal.invoke(),
        west.invoke(),
    )
    print(f"  two regions: {', '.join(f'{one:.0f} s' for one in operator.seconds)} for the commands")


def test_the_second_region_syncs_answers_and_alarms(drill: Drill, rehearsal: Rehearsal) -> None:
    """By one command, with nothing asked of the region that is lost."""
    assert "Synced: complete, 0 new" in drill.over.stdout
    assert "make failback STACK=dev FROM=us-west-2" in drill.over.stdout.replace("\n", " ")
    assert drill.expected_days == drill.answered["current"]["length_days"] > 40
    assert [(len(rehearsal.simulator.activities),)] == drill.west.rows("SELECT count(*) FROM runs")
    assert any("no-success" in name for name in drill.alarms)
    first = rehearsal.output("bucket_name")
    assert drill.asked_of_aws
    assert not [call for call in drill.asked_of_aws if first in str(call["parameters"])]


def test_a_second_time_nothing_is_taken_over(drill: Drill) -> None:
    """The pair that the second region has renewed is not replaced by the copy of a dead one."""
    assert 0 == drill.again.returncode, drill.again.stderr
    assert "already: nothing was copied" in drill.again.stdout
    assert "Synced: complete" in drill.again.stdout


def test_the_first_region_comes_back_late_and_leaves_everything_alone(drill: Drill) -> None:
    """Its schedule starts it; it is no failure, and the log says why."""
    assert (None, "at_rest") == (drill.late.error, drill.late.payload["status"])
    assert drill.west.output("database_uri") in drill.late.payload["reason"]
    assert "Nothing was synced or changed here" in drill.late.log
    assert drill.untouched


def test_back_again_the_first_region_goes_on_with_all_that_the_second_wrote(
    drill: Drill, rehearsal: Rehearsal
) -> None:
    """Both archives are equal, the pair is alive under strict rotation, and the second region rests."""
    assert 0 == drill.back.returncode, f"{drill.back.stdout}{drill.back.stderr}"
    assert (None, "complete") == (drill.first_after.error, drill.first_after.payload["status"])
    assert (None, "at_rest") == (drill.west_after.error, drill.west_after.payload["status"])
    ours, theirs = (
        {key for key in stack.objects() if key.startswith("raw/")} for stack in (rehearsal, drill.west)
    )
    assert ours >= theirs, "and what the first has fetched since"
    assert [(len(rehearsal.simulator.activities),)] == rehearsal.rows("SELECT count(*) FROM runs")


def test_the_drill_leaves_nothing_behind(drill: Drill, rehearsal: Rehearsal) -> None:
    """No half-written object, no lease of a sync that is over; what the second stack made carries its name."""
    bucket, _, key = rehearsal.output("lease").removeprefix("s3://").partition("/")
    note = json.loads(rehearsal.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert (rehearsal.output("database_uri"), None, {}) == (note["owner"], note["moving_from"], note["busy"])
    for stack in (rehearsal, drill.west):
        s3 = stack.client("s3")
        assert not s3.list_multipart_uploads(Bucket=stack.output("bucket_name")).get("Uploads")
    assert {key.split("/")[0] for key in rehearsal.objects()} >= {"raw", "runs.duckdb", "freshness.json"}
    assert "lease.json" not in rehearsal.objects()
    assert all("west" in one.name or one.name == "aws" for one in drill.west.deployment.resources)


def test_the_second_stacks_function_has_the_rights_it_needs(drill: Drill) -> None:
    """Under its own role, enforced: the note in the first stack's replica included."""
    file = drill.operator.stacks / "calls-of-west.jsonl"
    calls = [json.loads(line) for line in file.read_text().splitlines()]
    assert [] == [call for call in calls if "AccessDenied" in str(call["error"])]
    assert any(call["parameters"].get("Key") == "lease.json" for call in calls)

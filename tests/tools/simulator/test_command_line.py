"""`python -m scripts.simulator`, as a user runs it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from scripts.simulator import Switches
from scripts.simulator.commandline import main
from scripts.simulator.switches import parse_switch, switch_choices
from tests.stage.paths import ROOT


@pytest.mark.parametrize("how", [["-m", "scripts.simulator"], ["scripts/simulator"]])
def test_help_works_both_ways(how: list[str]) -> None:
    """As a module and by path; the help holds every switch and the grammar of faults."""
    done = subprocess.run(
        [sys.executable, *how, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20
    )
    assert all(name in done.stdout for name in [*switch_choices(), "status=500@3", "--port", "--data"])


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints where it listens, answers there, logs, and ends with 0 on Ctrl-C."""
    data, log = tmp_path / "runs.json.gz", tmp_path / "log.jsonl"
    data.write_bytes(gzip.compress(json.dumps([{"activityId": 1}]).encode()))
    command = [sys.executable, "scripts/simulator", "--data", str(data), "--log", str(log), "--seed", "4"]
    process = subprocess.Popen(
        [*command, "--fault", "status=418"], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    printed = [process.stdout.readline().strip() for _ in range(7)]
    told = dict(line.split("=", 1) for line in printed if line.startswith("SMASHRUN_"))
    statuses = [
        requests.get(f"{told['SMASHRUN_API_URL']}/my/userinfo", timeout=5).status_code for _ in range(2)
    ]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=10)
    assert (statuses, process.returncode) == ([418, 401], 0)
    assert "stopped" in rest
    assert "1 runs" in printed[0]
    assert [json.loads(line)["status"] for line in log.read_text().splitlines()] == [418, 401]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fault", "nope"],
        ["--switch", "refresh=sometimes"],
        ["--switch", "largest_page=0"],
        ["--switch", "colour=red"],
        ["--today", "2026-13-01"],
        ["--today", "0005-01-01"],
        ["--port", "99999"],
        ["--port", "x"],
        ["--data", "/does/not/exist"],
        ["--data", "/dev/null"],
        ["--data", "/dev/null", "--today", "2026-01-01"],
        ["--what"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No usage block, no traceback."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    error = capsys.readouterr().err
    assert (stopped.value.code, error.count("\n")) == (2, 1)
    assert error.startswith("simulator: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refresh=rotate", ("refresh", "rotate")),
        ("largest-page=none", ("largest_page", None)),
        ("largest_page=10", ("largest_page", 10)),
        ("extended_form=false", ("extended_form", False)),
        ("deleted_detail=404", ("deleted_detail", "404")),
    ],
)
def test_switches_can_be_written_as_text(text: str, expected: tuple[str, object]) -> None:
    """Name and value, with the type the switch has."""
    changes: dict[str, Any] = dict([expected])
    assert parse_switch(text) == expected
    assert getattr(Switches(**changes), expected[0]) == expected[1]

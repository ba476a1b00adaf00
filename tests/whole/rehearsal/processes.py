"""Programs of the project, run as people run them, in an environment without anything of this machine's AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.simulator import approve
from tests.stage.emulator import ROOT, RehearsalImpossible


def run_module(checkout: Path, module: str, *arguments: str) -> None:
    """Run a module of a copy of the checkout.

    Raises:
        RehearsalImpossible: it failed; its last words are the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment() | {"PYTHONPATH": f"{checkout}:{checkout / 'lambda_src'}"},
    )
    if done.returncode:
        raise RehearsalImpossible(f"{module} failed:\n{done.stdout[-1500:]}{done.stderr[-3000:]}")


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of the project's or AWS's."""
    unwanted = ("API_", "AWS_", "SMASHRUN_", "DUCKDB_", "TOKENS_", "PULUMI_")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def authorise(settings: dict[str, str], folder: Path) -> dict[str, Any]:
    """Run the command that people type; a browser of ours agrees. What it prints as JSON."""
    command = (str(ROOT / "scripts" / "setup_tokens.py"), "--no-browser", "--json")
    return agree(command, settings, folder)


def agree(command: Sequence[str], settings: dict[str, str], folder: Path) -> dict[str, Any]:
    """Run a command of Python that asks for consent; a browser of ours agrees. What it prints as JSON.

    Raises:
        RehearsalImpossible: it failed; what it said is the message.
    """
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=clean_environment() | settings | {"PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        seen: list[str] = []
        for line in process.stderr:
            seen.append(line)
            if line.startswith("http"):
                landing = approve(line.strip())
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(landing, timeout=10).close()
                break
        out, rest = process.communicate(timeout=60)
    if process.returncode:
        raise RehearsalImpossible(f"{' '.join(command)} failed: {''.join(seen)}{rest}")
    return json.loads(out)

"""A runner's folder, a Smashrun on this machine, and the command with its output taken down."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.tokens import TokenManager
from typer.testing import CliRunner

from scripts.cli import app
from scripts.simulator import Simulator
from tests.stage.paths import ROOT

COMMAND = [sys.executable, "-m", "scripts.cli"]
Record = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, all of it, as JSON."""
        return json.loads(self.out)


class Runner:
    """A runner with a folder of their own and a Smashrun that knows them."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.secrets: list[str] = [simulator.client_secret]

    @property
    def database(self) -> Path:
        """Where the record lies."""
        return self.folder / "data" / "runs.duckdb"

    def authorise(self) -> None:
        """Store tokens as a consent would."""
        answer = self.simulator.issue_tokens()
        self.secrets += [str(answer["access_token"]), str(answer["refresh_token"])]
        TokenManager(f"file:{self.folder}/data/tokens.json", None).initialize_tokens(
            str(answer["access_token"]), str(answer["refresh_token"]), 7_000_000
        )

    def types(self, *arguments: str) -> Outcome:
        """Run a command within this process."""
        result = CliRunner().invoke(app, arguments, prog_name="myrunstreak")
        outcome = Outcome(result.exit_code, result.stdout, result.stderr)
        self.check(outcome)
        return outcome

    def starts(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        )

    def runs(self, *arguments: str) -> Outcome:
        """Run a command as a process of its own."""
        process = self.starts(*arguments)
        out, err = process.communicate(timeout=60)
        outcome = Outcome(process.returncode, out, err)
        self.check(outcome)
        return outcome

    def check(self, outcome: Outcome) -> None:
        """What holds for every command: no secret, no stack trace."""
        for secret in self.secrets:
            assert secret not in outcome.out + outcome.err
        assert "Traceback" not in outcome.out + outcome.err


def a_run(number: int, **fields: Any) -> Record:
    """One run, one a day back from yesterday; numbers count back."""
    wall = datetime.now(UTC).replace(hour=7, minute=12, second=0, microsecond=0) - timedelta(days=number + 1)
    stamp = (wall + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "activityId": 3_000_000_000 - number,
        "activityType": "running",
        "duration": 1800.5,
        "distance": 5.12345,
        "notes": "",
        "startDateTimeLocal": wall.isoformat(),
        "source": "garminpush",
        "hasDetails": 0,
        "heartRateAverage": 146,
        "syncDateTimeUTC": stamp,
        "dateCreatedUTC": stamp,
        "dateUpdatedUTC": stamp,
        **fields,
    }


def some_records() -> list[Record]:
    """40 runs on 40 days, the newest with details, and two records that cannot be stored."""
    dirty = [a_run(40, startDateTimeLocal="noon"), {"activityType": "running", "distance": 3.3}]
    return [a_run(0, hasDetails=1), *(a_run(number) for number in range(1, 40)), *dirty]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A Smashrun with these records."""
    with Simulator(some_records()) as running:
        yield running


@pytest.fixture(scope="session")
def a_synced_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one sync of these records leaves behind; a simulator of the same seed accepts its tokens."""
    folder = tmp_path_factory.mktemp("synced")
    with Simulator(some_records()) as simulator:
        runner = Runner(simulator, folder)
        runner.authorise()
        settings = Settings(
            smashrun_api_url=simulator.api_url,
            duckdb_path=str(runner.database),
            tokens_secret=f"file:{folder}/data/tokens.json",
            sync_state_secret=f"file:{folder}/data/sync-state.json",
        )
        with open_services(settings) as services:
            services.sync(SyncEvent())
    return folder


@pytest.fixture
def stranger(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A runner who has set everything up but has not authorised yet."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    environment = {
        "SMASHRUN_API_URL": simulator.api_url,
        "SMASHRUN_AUTHORIZE_URL": simulator.authorize_url,
        "SMASHRUN_TOKEN_URL": simulator.token_url,
        "SMASHRUN_CLIENT_ID": simulator.client_id,
        "SMASHRUN_CLIENT_SECRET": simulator.client_secret,
        "RUNNER_TIMEZONE": "UTC",
        "NO_PROXY": "127.0.0.1,localhost",
        "COLUMNS": "200",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return Runner(simulator, tmp_path)


@pytest.fixture
def runner(stranger: Runner) -> Runner:
    """A runner who has authorised."""
    stranger.authorise()
    return stranger


@pytest.fixture
def synced(stranger: Runner, a_synced_folder: Path) -> Runner:
    """A runner who has authorised and synced once."""
    shutil.copytree(a_synced_folder / "data", stranger.folder / "data")
    tokens = json.loads((stranger.folder / "data" / "tokens.json").read_text())
    stranger.secrets += [tokens["access_token"], tokens["refresh_token"]]
    return stranger

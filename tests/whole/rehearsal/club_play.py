"""The stage of a club's play: a Smashrun of many, AWS, the real program's club, the real packages of both functions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from myrunstreak.contract.club import DISPATCHED_NAME

from scripts.simulator import Simulator
from tests.stage.club import STACK_SETTINGS, recent_runs
from tests.stage.emulator import SECOND_REGION, Emulator, venv_python, venv_version
from tests.stage.ports import free_port
from tests.stage.town import Town
from tests.whole.rehearsal.asking import run_command
from tests.whole.rehearsal.opening import HOST_ARCHITECTURE, build, copy_of_the_checkout, deploy_stack
from tests.whole.rehearsal.processes import agree
from tests.whole.rehearsal.rehearsal import Answer, Rehearsal

PATIENCE_S = 90


@dataclass(frozen=True)
class Player:
    """A runner of the club, their key, and their Smashrun; `city` is in no other's runs."""

    id: str
    name: str
    key: str
    city: str
    smashrun: Simulator


@dataclass(kw_only=True)
class ClubPlay(Rehearsal):
    """A deployed club."""

    town: Town
    players: dict[str, Player] = field(default_factory=dict[str, Player])

    def club(self, *words: str) -> Any:
        """What ``myrunstreak club WORDS --json`` says to the operator."""
        return run_command(self.operator(), self.folder, "club", *words)

    def operator(self) -> dict[str, str]:
        """The operator's environment, as `make club` makes it of the outputs."""
        named = {name: str(self.output(output)) for name, output in STACK_SETTINGS.items()}
        replica = {
            "CLUB_REPLICA": f"s3://{self.output('replica_bucket_name')}/",
            "CLUB_REPLICA_REGION": self.output("club_replica_region"),
        }
        smashrun = {name.upper(): value for name, value in self.town.settings.items()}
        return {**self.emulator.environment(), **smashrun, **named, **replica, "AWS_REGION": self.region}

    def join(self, name: str, zone: str, runs: int) -> Player:
        """A runner joins by the command that people type; a browser of ours agrees."""
        number = len(self.players) + 1
        city = f"Place of {name} {number}"
        history = [
            run | {"activityId": number * 1_234_567 + place, "city": city}
            for place, run in enumerate(recent_runs(runs))
        ]
        smashrun = self.town.settle(history)
        self.town.seat(smashrun)
        app = {
            "SMASHRUN_CLIENT_ID": smashrun.client_id,
            "SMASHRUN_CLIENT_SECRET": smashrun.client_secret,
            "SMASHRUN_REDIRECT_URI": f"http://localhost:{free_port()}/callback",
        }
        command = ("-m", "scripts.cli", "club", "add", name, "--timezone", zone, "--no-browser", "--json")
        said = agree(command, self.operator() | app, self.folder)
        self.players[name] = Player(said["id"], name, said["key"], city, smashrun)
        return self.players[name]

    def let_a_day_pass(self) -> None:
        """The last dispatch was a day ago: everyone has had an hour since."""
        yesterday = datetime.now(UTC) - timedelta(hours=23, minutes=59)
        note = json.dumps({"until": yesterday.isoformat()}).encode()
        self.client("s3").put_object(
            Bucket=self.output("bucket_name"), Key=f"club/{DISPATCHED_NAME}", Body=note
        )

    def open_the_tables_files(self) -> None:
        """Let the lake's writer at them: in the emulator they are objects, and s3tables:PutTableData says nothing."""
        bucket = str(self.output("lake_tables")).rpartition("/")[2]
        let_in = {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        self.client("iam").put_role_policy(
            RoleName=self.function_named("lake-writer").inputs["role"].rpartition("/")[2],
            PolicyName="the-tables-files",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [let_in]}),
        )

    def dispatch(self) -> Answer:
        """Start the dispatch as its schedule does, when everyone has been due since the last time."""
        self.let_a_day_pass()
        [schedule] = self.deployment.of_type("aws:scheduler/schedule:Schedule")
        return self.invoke(schedule=schedule)

    def wait(self, until: Callable[[], Any], what: str) -> Any:
        """Ask until there is an answer."""
        end = time.monotonic() + PATIENCE_S
        while not (found := until()):
            assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s\n{self.said()}"
            time.sleep(0.5)
        return found

    def said(self) -> str:
        """The last words of all functions, for a test that failed."""
        functions = self.deployment.of_type("aws:lambda/function:Function")
        return "\n".join(line for one in functions for line in self.log_lines(one)[-6:])[-6000:]

    def function_named(self, part: str) -> Any:
        """The function whose name has a part."""
        functions = self.deployment.of_type("aws:lambda/function:Function")
        return next(one for one in functions if part in one.outputs["name"])

    def queue_url(self, part: str) -> str:
        """The URL of the queue whose name has a part."""
        queues = self.deployment.of_type("aws:sqs/queue:Queue")
        return next(one.outputs["url"] for one in queues if part in one.outputs["name"])

    def record(self, player: Player, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on a runner's published database; none where there is none yet."""
        import duckdb

        file = self.folder / f"{player.id}.duckdb"
        key = f"runners/{player.id}/runs.duckdb"
        if key not in self.objects():
            return []
        self.client("s3").download_file(self.output("bucket_name"), key, str(file))
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @contextmanager
    def lake(self) -> Iterator[Any]:
        """The lake's tables, read by another DuckDB as the operator."""
        from myrunstreak.lake.catalog import Bucket, Catalog

        bucket = Bucket(self.output("lake_tables"), self.region, f"{self.emulator.url}/iceberg")
        with (
            patch.dict(os.environ, self.emulator.environment()),
            TemporaryDirectory() as scratch,
            closing(Catalog(bucket, Path(scratch))) as catalog,
            catalog.read_newest() as connection,
        ):
            yield connection

    def board(self) -> dict[str, Any]:
        """The rows of board.json by runner."""
        if "club/board.json" not in self.objects():
            return {}
        body = self.client("s3").get_object(Bucket=self.output("bucket_name"), Key="club/board.json")["Body"]
        return {row["runner_id"]: row for row in json.loads(body.read())["rows"]}

    def every_state(self) -> Iterator[tuple[str, bytes]]:
        """Every version of every object in every bucket, the lake's too; a function's package left out."""
        s3 = self.client("s3")
        for bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for one in page.get("Versions", []):
                    if one["Key"].endswith(".zip"):
                        continue
                    version = {"VersionId": one["VersionId"]} if one.get("VersionId") else {}
                    found = s3.get_object(Bucket=bucket, Key=one["Key"], **version)
                    yield f"{bucket}/{one['Key']}", found["Body"].read()
                for one in page.get("DeleteMarkers", []):
                    yield f"{bucket}/{one['Key']}", b""


def open_club(folder: Path, stack: ExitStack) -> ClubPlay:
    """Build both packages, start, deploy.

    Raises:
        RehearsalImpossible: something is missing; one line says what.
    """
    python, version = venv_python(), venv_version()
    checkout = copy_of_the_checkout(folder / "checkout")
    runtime = build(checkout, version)
    build(checkout, version, "lake")
    town = stack.enter_context(Town())
    emulator = Emulator(folder / "emulator", delays=False)
    stack.callback(emulator.stop)
    emulator.start()
    config = {
        "alarm_email": "operator@example.org",
        "club": "true",
        "replica_region": SECOND_REGION,
        "architecture": HOST_ARCHITECTURE,
        "runtime": runtime,
        "aws_endpoint": emulator.url,
        **town.settings,
    }
    deployment = deploy_stack(checkout, folder, emulator, config, python)
    zone = ZoneInfo("Europe/Amsterdam")
    today = datetime.now(zone).date()
    play = ClubPlay(folder, Simulator(), emulator, deployment, zone, today, 0, town=town)
    play.open_the_tables_files()
    return play

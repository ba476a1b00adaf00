"""Builds the stage: the package, Smashrun, AWS, the real program's resources, the tokens."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.package import Kind, manifest_name
from scripts.simulator import Simulator, seeded_history
from tests.stage.emulator import REGION, ROOT, SECOND_REGION, Emulator, venv_python, venv_version
from tests.whole.rehearsal import deploy
from tests.whole.rehearsal.engine import Deployment, from_json
from tests.whole.rehearsal.packing import bootstrap_script
from tests.whole.rehearsal.processes import run_module
from tests.whole.rehearsal.rehearsal import Rehearsal

HOST_ARCHITECTURE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
RUNTIMES = ("python3.12", "python3.13")  # what the program accepts
# Today is the streak's fiftieth, a milestone; short, so that all details are fetched within a sync's rate.
HISTORY_DAYS = 49
# Somewhere it is about noon: the runner's day is none that ends during the rehearsal.
ZONES = (
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Karachi",
    "Europe/Amsterdam",
    "America/New_York",
    "Pacific/Honolulu",
)


def open_rehearsal(folder: Path, stack: ExitStack, say: Callable[[str], None]) -> Rehearsal:
    """Build, start, deploy and authorise.

    Raises:
        RehearsalImpossible: something is missing; one line says what.
    """
    python, version = venv_python(), venv_version()
    checkout = copy_of_the_checkout(folder / "checkout")
    say(f"package: the real one for {HOST_ARCHITECTURE}, since the emulator runs it natively")
    runtime = build(checkout, version)
    if runtime != f"python{version}":
        say(
            f"runtime: this machine has {version} only; the function calls it {runtime}, which proves its wiring"
        )

    zone = find_noon(datetime.now(UTC))
    today = datetime.now(zone).date()
    first = (today - timedelta(days=HISTORY_DAYS)).isoformat()
    # Without yesterday's, which the second sync finds.
    history = [
        run
        for run in seeded_history(today=today - timedelta(days=1), years=1)
        if str(run["startDateTimeLocal"]) >= first
    ]
    simulator = stack.enter_context(Simulator(history))
    say(f"Smashrun: the simulator, with {len(history)} runs; the runner is in {zone.key}")

    emulator = Emulator(folder / "emulator")
    stack.callback(emulator.stop)
    emulator.start()
    say("AWS: ministack, with IAM enforced and TLS")

    config = {
        "alarm_email": "operator@example.org",
        "message_email": "runner@example.org",
        "runner_timezone": zone.key,
        "remind_at": "18:30,21:30",
        "digest": "true",
        "region": REGION,
        "replica_region": SECOND_REGION,
        "architecture": HOST_ARCHITECTURE,
        "runtime": runtime,
        "aws_endpoint": emulator.url,
        "smashrun_api_url": simulator.api_url,
        "smashrun_authorize_url": simulator.authorize_url,
        "smashrun_token_url": simulator.token_url,
    }
    deployment = deploy_stack(checkout, folder, emulator, config, python)
    say(f"stack: the real program's {len(deployment.resources)} resources made")

    on_stage = Rehearsal(folder, simulator, emulator, deployment, zone, today, len(history))
    on_stage.authorise()
    say("tokens: stored by setup_tokens in the stack's secret")
    return on_stage


def deploy_stack(
    checkout: Path, folder: Path, emulator: Emulator, config: Mapping[str, str], python: Path | None = None
) -> Deployment:
    """Have the program of a checkout make its stack in the emulator.

    Args:
        folder: for what is asked of it and what it has made.
        python: runs the functions; None: they are never started.
    """
    order = deploy.Order(
        emulator_url=emulator.url,
        emulator_folder=str(emulator.folder),
        stack="dev",
        config={f"myrunstreak:{key}": value for key, value in config.items()},
        function_environment={
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_CA_BUNDLE": str(emulator.certificate),
            "MYRUNSTREAK_CALLS": str(folder / "calls.jsonl"),
        },
        bootstrap=bootstrap_script(python) if python else "#!/bin/sh\nexit 1\n",
        main=str(checkout / "__main__.py"),
    )
    deploy.write(order, folder / "order.json")
    arguments = (str(folder / "order.json"), str(folder / "deployment.json"))
    run_module(checkout, "tests.whole.rehearsal.deploy", *arguments)
    return from_json((folder / "deployment.json").read_text())


def build(checkout: Path, version: str, kind: Kind = "lambda") -> str:
    """Build a package of a copy of the checkout for this machine; the runtime that it is said to be for.

    A machine without the Pythons that the program accepts has it said of another one.
    """
    arguments = ("--arch", HOST_ARCHITECTURE, "--python", version, "--root", str(checkout))
    what = ["--lake"] if kind == "lake" else []
    run_module(checkout, "scripts.build_lambda", *arguments, "--out", str(checkout / "build"), *what)
    runtime = f"python{version}"
    if runtime in RUNTIMES:
        return runtime
    manifest = checkout / "build" / manifest_name(kind)
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"runtime": RUNTIMES[0]}))
    return RUNTIMES[0]


def find_noon(now: datetime) -> ZoneInfo:
    """The zone in which an instant is nearest to noon."""
    return min(map(ZoneInfo, ZONES), key=lambda zone: abs(now.astimezone(zone).hour - 12))


def copy_of_the_checkout(folder: Path) -> Path:
    """What package and program are made from, as it is now; the files may be edited meanwhile."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("infra", "lambda_src", "scripts", "tests/stage", "tests/whole/rehearsal"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copyfile(ROOT / "__main__.py", folder / "__main__.py")
    return folder

"""Run syncs that are killed, from a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

from tests.stage.paths import ROOT
from tests.stage.world import World


def sync_in_a_process(
    world: World, fatal: int | None = None, event: dict[str, Any] | None = None
) -> list[str]:
    """The steps that a sync in its own process passed, to its end or to the one that killed it."""
    settings = world.folder / "settings.json"
    settings.write_text(json.dumps(world.settings.model_dump(exclude_none=True)))
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.stage.killed_sync", str(settings),
            world.clock.now().isoformat(), json.dumps(event or {}), *([] if fatal is None else [str(fatal)]),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda_src'}"},
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    expected = 0 if fatal is None else -signal.SIGKILL
    assert expected == done.returncode, done.stderr
    return done.stdout.splitlines()


def telling_steps(steps: list[str]) -> list[int]:
    """Before anything is kept, after the first object is, and after every kind of step for the last time."""
    lasts = {
        name: number for number, name in enumerate(steps) if name.startswith("after") and "fsync" not in name
    }
    return sorted({steps.index("before archive"), steps.index("after archive"), *lasts.values()})

"""Work in a process of its own that is no larger than the function.

    python -m tests.whole.end_to_end.small_machine SETTINGS.json NOW sync|rebuild [SECONDS]

The operating system refuses it more data than the function has memory, and Python cannot hide that: what is
asked for beyond it fails. What it holds at most is printed with the result.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import aws_lambda_powertools  # noqa: F401 - what the function has loaded takes memory too
import boto3  # noqa: F401
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive

FUNCTION_MB = 512


def synced(settings: Settings, now: datetime) -> dict[str, Any]:
    """A sync as the function does it."""
    with open_services(
        settings, clock=lambda: now, seconds_left=lambda: math.inf, memory_mb=FUNCTION_MB
    ) as services:
        return services.sync(SyncEvent()).model_dump()


def rebuilt(settings: Settings) -> dict[str, Any]:
    """The database of the archive, without network."""
    manager = DuckDBManager(settings.duckdb_path, memory_mb=FUNCTION_MB)
    archive = RawArchive(
        open_blobs(settings.archive, settings.aws_region), settings.source_name, manager.work
    )
    try:
        applied = manager.catch_up(archive)
        manager.publish()
    finally:
        manager.close()
    return {"details_fetched": applied.details}


def peak_mb() -> int:
    """The most memory that this process held at once."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10


if __name__ == "__main__":
    limit = FUNCTION_MB << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    known = Settings(**json.loads(Path(sys.argv[1]).read_text()))
    result = synced(known, datetime.fromisoformat(sys.argv[2])) if sys.argv[3] == "sync" else rebuilt(known)
    print(json.dumps(result | {"peak_mb": peak_mb()}))

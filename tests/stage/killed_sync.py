"""A sync in a process of its own that kills itself, without a chance to tidy up, at a chosen step.

    python -m tests.stage.killed_sync SETTINGS.json NOW EVENT.json [STEP]

A step is the moment just before or just after one of: an object goes to the archive, a transaction of the
private database, a year's recordings or the database are published, the state is written, a file is forced
to disk. Every step passed is printed, so that a run without STEP says which there are.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.contract.settings import Settings
from myrunstreak.store import database
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.s3 import S3Blobs
from myrunstreak.store.loading import loader
from myrunstreak.store.transactions import transaction
from myrunstreak.sync_state import SyncStateManager


class Countdown:
    """Counts steps and ends the process at one of them."""

    def __init__(self, fatal: int | None) -> None:
        self._fatal = fatal
        self._passed = 0

    def step(self, name: str) -> None:
        """One step; the process may not survive it."""
        if self._passed == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        self._passed += 1
        print(name, flush=True)

    def around(self, owner: Any, method: str, name: Callable[..., str]) -> None:
        """Make a step before and after every call of a method."""
        original = getattr(owner, method)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.step(f"before {name(*args)}")
            result = original(*args, **kwargs)
            self.step(f"after {name(*args)}")
            return result

        setattr(owner, method, wrapped)


def _published(_: object, name: str, *__: object) -> str:
    if name == FRESHNESS_NAME:
        return "freshness"
    return "recordings" if name.endswith(".parquet") else "database"


def instrument(countdown: Countdown) -> None:
    """Put the steps where a sync changes anything."""
    for blobs in (LocalBlobs, S3Blobs):
        countdown.around(blobs, "add", lambda *_: "archive")
        countdown.around(blobs, "write", _published)
    countdown.around(SyncStateManager, "update", lambda *_: "state")
    countdown.around(os, "fsync", lambda *_: "fsync")

    @contextmanager
    def counted(connection: duckdb.DuckDBPyConnection) -> Generator[None]:
        countdown.step("before transaction")
        with transaction(connection):
            yield
        countdown.step("after transaction")

    for module in (database, loader):
        setattr(module, "transaction", counted)  # noqa: B010


def main(settings_file: str, now: str, event: str, fatal: str = "") -> None:
    """Sync once."""
    with open(settings_file, encoding="utf-8") as file:  # noqa: PTH123
        settings = Settings(**json.load(file))
    moment = datetime.fromisoformat(now)
    instrument(Countdown(int(fatal) if fatal else None))
    with open_services(settings, clock=lambda: moment, sleep=lambda _: None) as services:
        services.sync(SyncEvent.parse(json.loads(event)))


if __name__ == "__main__":
    main(*sys.argv[1:])
